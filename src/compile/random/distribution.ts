/**
 * The distributions that TensorFlow.js draws from, in its own arithmetic: what it computes of uniform
 * numbers in double precision, rounded where it rounds.
 */
import type { RandomStream } from './stream.js';

export type Distribution =
  /** min + range · u, with u in [0, 1). */
  | { readonly kind: 'uniform'; readonly min: number; readonly range: number }
  /** In [0, 1) also as float32: rounded down, where `uniform` may be rounded up to 1. */
  | { readonly kind: 'below one' }
  /** When truncated, none further from the mean than two deviations. When `whole`, rounded. */
  | {
      readonly kind: 'normal';
      readonly mean: number;
      readonly stdDev: number;
      readonly truncated: boolean;
      readonly whole: boolean;
    }
  /**
   * Gamma of a shape, times a scale. When `whole`, rounded, and made of normal numbers that are
   * rounded as well, as TensorFlow.js makes it.
   */
  | {
      readonly kind: 'gamma';
      readonly shape: number;
      readonly scale: number;
      readonly whole: boolean;
    };

export type RandomValues = Float32Array | Int32Array | Uint8Array;

/** Fills an array, which rounds as arrays of its type do. */
export function fill(
  distribution: Distribution,
  stream: RandomStream,
  into: RandomValues,
): RandomValues {
  switch (distribution.kind) {
    case 'uniform':
      return fillUniform(distribution.min, distribution.range, stream, into);
    case 'below one':
      return fillBelowOne(stream, into);
    case 'normal':
      return fillNormal(distribution, stream, into);
    case 'gamma':
      return fillGamma(distribution, stream, into);
  }
}

function fillUniform(
  min: number,
  range: number,
  stream: RandomStream,
  into: RandomValues,
): RandomValues {
  for (let i = 0; i < into.length; i++) into[i] = min + range * stream.uniform();
  return into;
}

function fillBelowOne(stream: RandomStream, into: RandomValues): RandomValues {
  for (let i = 0; i < into.length; i++) into[i] = belowOne(stream.word());
  return into;
}

/** word · 2⁻³², rounded down to what float32 has exactly. */
export function belowOne(word: number): number {
  const excess = Math.max(0, 8 - Math.clz32(word));
  return (((word >>> excess) << excess) >>> 0) * 2 ** -32;
}

type Normal = Extract<Distribution, { readonly kind: 'normal' }>;

function fillNormal(
  { mean, stdDev, truncated, whole }: Normal,
  stream: RandomStream,
  into: RandomValues,
): RandomValues {
  const lower = mean - 2 * stdDev;
  const upper = mean + 2 * stdDev;
  const normals = new Normals(stream);
  for (let i = 0; i < into.length; i++) {
    let value = mean + stdDev * normals.next();
    while (truncated && !(lower <= value && value <= upper)) {
      value = mean + stdDev * normals.next();
    }
    into[i] = whole ? Math.round(value) : value;
  }
  return into;
}

/** Standard normal numbers (Marsaglia's polar method). */
class Normals {
  readonly #stream: RandomStream;
  /** The second one of a pair. */
  #spare = Number.NaN;

  constructor(stream: RandomStream) {
    this.#stream = stream;
  }

  next(): number {
    const spare = this.#spare;
    if (!Number.isNaN(spare)) {
      this.#spare = Number.NaN;
      return spare;
    }
    for (;;) {
      const u = 2 * this.#stream.uniform() - 1;
      const v = 2 * this.#stream.uniform() - 1;
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = v * factor;
      return u * factor;
    }
  }
}

type Gamma = Extract<Distribution, { readonly kind: 'gamma' }>;

/** Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables" (2000). */
function fillGamma(
  { shape, scale, whole }: Gamma,
  stream: RandomStream,
  into: RandomValues,
): RandomValues {
  const normals = new Normals(stream);
  const rounded = (value: number): number => (whole ? Math.round(value) : value);
  // A shape below 1 is that of one more, times a power.
  const d = shape < 1 ? shape + 2 / 3 : shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  const next = (): number => {
    for (;;) {
      const x = rounded(normals.next());
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      if (Math.log(stream.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
    }
  };
  for (let i = 0; i < into.length; i++) {
    const power = shape < 1 ? stream.uniform() ** (1 / shape) : 1;
    into[i] = rounded(scale * next() * power);
  }
  return into;
}
