import { describe, expect, it } from 'vitest';
import { latentWalk, slerp } from '../../gan/interpolate.js';
import { RandomStream } from '../../src/random.js';

const norm = (x: Float32Array): number => Math.hypot(...x);
const angle = (a: Float32Array, b: Float32Array): number =>
  Math.acos(a.reduce((sum, v, i) => sum + v * b[i]!, 0) / (norm(a) * norm(b)));
const closeTo = (found: Float32Array, wanted: readonly number[]) => {
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, 6);
  });
};

describe('slerp', () => {
  const [x, y] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];

  it('follows the circle between two directions', () => {
    closeTo(slerp(x, y, 0), [1, 0]);
    closeTo(slerp(x, y, 1 / 3), [Math.cos(Math.PI / 6), 0.5]);
    closeTo(slerp(x, y, 0.5), [Math.SQRT1_2, Math.SQRT1_2]);
    closeTo(slerp(x, y, 1), [0, 1]);
  });

  it('is the formula where the lengths differ', () => {
    // θ = 60°: sin 30° / sin 60° = 1 / √3 of each.
    const to = Float32Array.of(1, Math.sqrt(3));
    closeTo(slerp(Float32Array.of(4, 0), to, 0.5), [5 / Math.sqrt(3), 1]);
  });

  it('keeps the length, and the pace, of random latents', () => {
    const random = RandomStream.fromSeed(3);
    const [a, raw] = [random.normals(64), random.normals(64)];
    const b = raw.map((v) => (v * norm(a)) / norm(raw));
    const whole = angle(a, b);
    for (const t of [0.1, 0.25, 0.5, 0.9]) {
      const between = slerp(a, b, t);
      expect(norm(between)).toBeCloseTo(norm(a), 4);
      expect(angle(a, between)).toBeCloseTo(t * whole, 4);
      closeTo(slerp(b, a, 1 - t), [...between]);
    }
  });

  it.each([
    ['the same direction', [2, 4], [2, 4], [2, 4]],
    ['almost the same', [1, 0], [1, 1e-7], [1, 5e-8]],
    ['opposite directions', [1, 2], [-1, -2], [0, 0]],
    ['one dimension', [1], [-3], [-1]],
    ['zeros', [0, 0], [2, 4], [1, 2]],
  ])('is straight where no circle is the right one: %s', (_, from, to, middle) => {
    closeTo(slerp(Float32Array.from(from), Float32Array.from(to), 0.5), middle);
  });

  it('refuses latents of unlike size', () => {
    expect(() => slerp(x, Float32Array.of(1), 0.5)).toThrow('latents of 2 and 1 numbers');
  });
});

describe('latentWalk', () => {
  const random = RandomStream.fromSeed(5);
  const keyframes = random.normals(3 * 4);
  const row = (walk: Float32Array, t: number): number[] => [...walk.subarray(4 * t, 4 * t + 4)];
  const walk = (framesPerStep: number, closed: boolean) =>
    latentWalk(keyframes, { latentDim: 4, framesPerStep, closed });

  it('passes through its keyframes and ends on the last', () => {
    const open = walk(5, false);
    expect(open).toHaveLength((2 * 5 + 1) * 4);
    for (const k of [0, 1, 2]) expect(row(open, 5 * k)).toEqual(row(keyframes, k));
    const between = slerp(keyframes.subarray(4, 8), keyframes.subarray(8, 12), 2 / 5);
    expect(row(open, 7)).toEqual([...between]);
  });

  it('comes back to the first keyframe when closed, without showing it twice', () => {
    const closed = walk(5, true);
    expect(closed).toHaveLength(3 * 5 * 4);
    expect([...closed.subarray(0, 11 * 4)]).toEqual([...walk(5, false)]);
    const between = slerp(keyframes.subarray(8, 12), keyframes.subarray(0, 4), 4 / 5);
    expect(row(closed, 14)).toEqual([...between]);
  });

  it('is the keyframes alone where there is nothing between them', () => {
    expect(walk(1, false)).toEqual(keyframes);
    expect(walk(1, true)).toEqual(keyframes);
  });

  it('refuses a walk of nothing', () => {
    const options = { latentDim: 4, framesPerStep: 2, closed: true };
    expect(() => latentWalk(new Float32Array(), options)).toThrow('no walk has 0 keyframes');
    expect(() => walk(0, true)).toThrow('no walk has 3 keyframes and 0 frames');
  });
});
