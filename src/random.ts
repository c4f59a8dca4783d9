/**
 * Seeded random numbers that can be split.
 *
 * A stream is identified by a key. `split(label)` derives a new key from the parent's key and the
 * label alone, never from how many numbers were drawn, so `root.split('latent').split(step)` is a
 * pure function of (seed, step): resuming a run needs no generator state beyond those two.
 *
 * The generator is xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it), its state filled
 * by SplitMix32 from the key.
 */

/** 128 bits, as four unsigned 32-bit words. */
type Key = readonly [number, number, number, number];

/** MurmurHash3's 32-bit finaliser: every input bit affects every output bit. */
function mix32(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Absorbs one word into a key; the four lanes use different odd multipliers. */
function absorb(key: Key, word: number): Key {
  const a = mix32(key[0] ^ Math.imul(word, 0x9e3779b1));
  const b = mix32(key[1] ^ Math.imul(word, 0x85ebca77) ^ a);
  const c = mix32(key[2] ^ Math.imul(word, 0xc2b2ae3d) ^ b);
  const d = mix32(key[3] ^ Math.imul(word, 0x27d4eb2f) ^ c);
  return [mix32(a + d), b, c, d];
}

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

export class RandomStream {
  readonly #key: Key;
  readonly #state: Uint32Array;
  #spareNormal: number | undefined;

  private constructor(key: Key) {
    this.#key = key;
    this.#state = new Uint32Array(4);
    let counter = 0x6d2b79f5;
    for (let i = 0; i < 4; i++) {
      counter = (counter + 0x9e3779b9) >>> 0;
      this.#state[i] = mix32(key[i]! ^ counter) || 1;
    }
  }

  /**
   * The root stream of a seed.
   * @param seed an integer in 0 … 2^53 − 1
   */
  static fromSeed(seed: number): RandomStream {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`a seed is an integer from 0 to 2^53 - 1, not ${seed}`);
    }
    const low = seed >>> 0;
    const high = Math.floor(seed / 2 ** 32);
    return new RandomStream(
      absorb(absorb([0x1b873593, 0xcc9e2d51, 0x52dce729, 0x38495ab5], low), high),
    );
  }

  /** An independent stream for `label`; the same label always gives the same stream. */
  split(label: string | number): RandomStream {
    // The first word tells strings and numbers apart: split('1') is not split(1).
    let key = this.#key;
    if (typeof label === 'number') {
      key = absorb(absorb(absorb(key, 1), label >>> 0), Math.floor(label / 2 ** 32));
    } else {
      key = absorb(absorb(key, 2), label.length);
      for (let i = 0; i < label.length; i++) key = absorb(key, label.charCodeAt(i));
    }
    return new RandomStream(key);
  }

  /** An integer in 0 … 2^32 − 1. */
  uint32(): number {
    const s = this.#state;
    const [s0, s1, s2, s3] = [s[0]!, s[1]!, s[2]!, s[3]!];
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const mixed2 = s2 ^ s0;
    const mixed3 = s3 ^ s1;
    s[0] = s0 ^ mixed3;
    s[1] = s1 ^ mixed2;
    s[2] = mixed2 ^ (s1 << 9);
    s[3] = rotateLeft(mixed3, 11);
    return result;
  }

  /** A number in [low, high), with 32 random bits. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.uint32() / 2 ** 32);
  }

  /** An integer in 0 … n − 1, each equally likely (rejection, no modulo bias). */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new RangeError(`integer(n) needs an integer n from 1 to 2^32, not ${n}`);
    }
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const draw = this.uint32();
      if (draw < limit) return draw % n;
    }
  }

  /** A standard normal number (Marsaglia's polar method). */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const u = this.uniform(-1, 1);
      const v = this.uniform(-1, 1);
      const r2 = u * u + v * v;
      if (r2 === 0 || r2 >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(r2)) / r2);
      this.#spareNormal = v * scale;
      return u * scale;
    }
  }

  /** A Gamma(shape, 1) number (Marsaglia and Tsang 2000). */
  gamma(shape: number): number {
    if (!(shape > 0)) throw new RangeError(`a gamma shape is greater than 0, not ${shape}`);
    // A shape below 1 is boosted: Gamma(a) = Gamma(a + 1) · U^(1/a).
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      const u = 1 - this.uniform();
      if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** A Beta(a, b) number in [0, 1]. */
  beta(a: number, b: number): number {
    const x = this.gamma(a);
    const y = this.gamma(b);
    // Both can underflow to zero for tiny shapes; the distribution is then two spikes.
    return x + y > 0 ? x / (x + y) : this.uniform() < a / (a + b) ? 1 : 0;
  }

  /** `length` standard normal numbers. */
  normals(length: number): Float32Array {
    return Float32Array.from({ length }, () => this.normal());
  }

  /** The integers 0 … n − 1 in random order (Fisher–Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }
}
