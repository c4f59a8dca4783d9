/**
 * Random operations in a traced step: what they draw, and from which distribution.
 *
 * TensorFlow.js draws in JavaScript and makes a tensor of the numbers; a backend is only given those.
 * What it draws from is in an object of its own, a generator, which can be got hold of in one place
 * alone: its constructor ends with `this.random = …` (`this.randu` for the gamma distribution), and
 * while such an operation is under way, there is a setter of that name which all objects inherit. That
 * holds for all of TensorFlow.js's bundles, which keep the names of properties. Whether it was given a
 * seed shows in whether it asked for `Math.random`.
 */
import { engine as engineOf, randomUniform } from '@tensorflow/tfjs-core';
import type { Distribution } from '../random/distribution.js';
import { engineState } from './engine-state.js';

/** TensorFlow.js operations that draw random numbers. */
const randomOps: ReadonlySet<string> = new Set([
  ...['dropout', 'multinomial', 'rand', 'randomGamma', 'randomNormal', 'randomStandardNormal'],
  ...['randomUniform', 'randomUniformInt', 'truncatedNormal'],
]);

/** Those that do so by themselves, with the property in which their generator keeps its numbers. */
const sources: Readonly<Record<string, string | undefined>> = {
  ...{ randomNormal: 'random', randomUniform: 'random', truncatedNormal: 'random' },
  ...{ randomGamma: 'randu', multinomial: undefined, rand: undefined },
};

/** Those by the names of their scopes: each operation of TensorFlow.js has one. */
const drawingScopes: ReadonlyMap<string | undefined, string> = new Map(
  Object.keys(sources).map((op) => [`${op}__op`, op]),
);

/** The random operation that is under way, if one is: the outermost, which the step called. */
export function randomOp(): string | undefined {
  return engineState()
    .scopeStack.map(({ name }) => name.replace(/__op$/, ''))
    .find((name) => randomOps.has(name));
}

/** A random operation that is under way. */
export interface Draw {
  /** The one that draws; the step may have called another one. */
  readonly op: string;
  /** Whether the numbers are others at each call, as they are without a seed. */
  readonly anew: boolean;
  /** What it draws from; `undefined` where that is not known, or a function of the step's own. */
  readonly distribution: Distribution | undefined;
}

interface Watch {
  readonly op: string;
  anew: boolean;
  generator: object | undefined;
  end(): void;
}

let watch: Watch | undefined;
/** The generator that was made last. */
let last: { readonly random?: unknown } | undefined;

/** The operation that draws at this moment, if one does. */
export function drawUnderWay(): Draw | undefined {
  if (watch === undefined) return undefined;
  const { op, anew, generator } = watch;
  return { op, anew, distribution: generator && distributionOf(op, generator) };
}

/**
 * The uniform numbers in [0, 1) that TensorFlow.js draws with a seed, multiples of 2⁻³²; `undefined`
 * where they cannot be told. Only while random operations are watched.
 */
export function seededUniform(seed: number): (() => number) | undefined {
  last = undefined;
  // A generator that draws nothing yet.
  randomUniform([0], 0, 1, 'float32', seed).dispose();
  const random = (last as { readonly random?: unknown } | undefined)?.random;
  last = undefined;
  return typeof random === 'function' ? () => Number(random()) : undefined;
}

/**
 * Watches random operations until the returned function is called.
 * @param replaces whether those that would draw anew, from what can be told, need not: their tensors
 *   are then zeros
 */
export function watchRandomOps(replaces: boolean): () => void {
  const engine = engineOf();
  const { startScope, endScope } = engine;
  const depths: (Watch | undefined)[] = [];
  engine.startScope = (name) => {
    const op = drawingScopes.get(name);
    depths.push(watch);
    if (op !== undefined) watch = begin(op, replaces);
    startScope.call(engine, name);
  };
  engine.endScope = (result) => {
    const before = depths.pop();
    if (watch !== before) watch?.end();
    watch = before;
    endScope.call(engine, result);
  };
  return () => {
    engine.startScope = startScope;
    engine.endScope = endScope;
    watch?.end();
    watch = undefined;
  };
}

/**
 * Watches whether the step's own JavaScript asks for `Math.random`: at two passes that is as likely as not
 * to make the same choice, and would be frozen as it was.
 * @param asked called at each time that it does, from there
 * @returns what ends it
 */
export function watchMathRandom(asked: () => void): () => void {
  const { random } = Math;
  const watched = (): number => {
    if (watch === undefined) asked();
    return random();
  };
  Reflect.set(Math, 'random', watched);
  return () => {
    Reflect.set(Math, 'random', random);
  };
}

function begin(op: string, replaces: boolean): Watch {
  const { random } = Math;
  const asked = (): number => {
    watch.anew = true;
    return random();
  };
  // Where it cannot be told whether there is a seed, there may be none.
  const anew = !Reflect.set(Math, 'random', asked);
  const end = (): void => {
    Reflect.set(Math, 'random', random);
    endCatching();
  };
  const watch: Watch = { op, anew, generator: undefined, end };
  const property = sources[op];
  const endCatching =
    property === undefined
      ? () => undefined
      : catchOwner(property, (generator) => {
          watch.generator = generator;
          last = generator;
          if (!replaces || !watch.anew || distributionOf(op, generator) === undefined) return;
          Reflect.defineProperty(generator, 'nextValue', { value: () => 0 });
        });
  return watch;
}

/**
 * Catches the first object that is given a property of that name.
 * @returns what ends it
 */
function catchOwner(name: string, caught: (owner: object) => void): () => void {
  const everything = Object.prototype;
  const before = Object.getOwnPropertyDescriptor(everything, name);
  const end = (): void => {
    if (before === undefined) Reflect.deleteProperty(everything, name);
    else Reflect.defineProperty(everything, name, before);
  };
  // Where it cannot be, the generator stays unknown.
  Reflect.defineProperty(everything, name, {
    configurable: true,
    get: () => undefined,
    set(this: object, value: unknown) {
      end();
      const own = { value, writable: true, enumerable: true, configurable: true };
      Reflect.defineProperty(this, name, own);
      caught(this);
    },
  });
  return end;
}

/** By the fields of TensorFlow.js's generators; `undefined` where they are not as they should be. */
function distributionOf(op: string, generator: object): Distribution | undefined {
  const fields = generator as Readonly<Record<string, unknown>>;
  const whole = fields.dtype != null && fields.dtype !== 'float32';
  const numbers = (...names: readonly string[]): readonly number[] | undefined => {
    const values = names.map((name) => fields[name]);
    return values.every((value) => typeof value === 'number') ? values : undefined;
  };
  switch (op) {
    case 'randomUniform': {
      const [min, range] = numbers('min', 'range') ?? [];
      if (min === undefined || range === undefined || whole) return undefined;
      return { kind: 'uniform', min, range };
    }
    case 'randomNormal':
    case 'truncatedNormal': {
      const [mean, stdDev] = numbers('mean', 'stdDev') ?? [];
      const { truncated } = fields;
      if (mean === undefined || stdDev === undefined) return undefined;
      if (truncated !== (op === 'truncatedNormal')) return undefined;
      return { kind: 'normal', mean, stdDev, truncated, whole };
    }
    case 'randomGamma': {
      // Its field `beta` is one over the argument, which it multiplies by in the end.
      const [shape, inverse] = numbers('alpha', 'beta') ?? [];
      if (shape === undefined || inverse === undefined) return undefined;
      return { kind: 'gamma', shape, scale: 1 / inverse, whole };
    }
    default:
      return undefined;
  }
}
