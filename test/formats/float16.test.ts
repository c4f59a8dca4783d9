import { expect, it } from 'vitest';
import { toFloat16 } from '../../src/formats/float16.js';
import { decodeValues } from '../../src/formats/tensor-file.js';
import { RandomStream } from '../../src/random.js';

const decoded = (halves: Uint16Array): Float32Array =>
  decodeValues('float16', new Uint8Array(halves.buffer)) as Float32Array;

it('writes every half as itself', () => {
  const halves = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const again = toFloat16(decoded(halves));
  const isNumber = (half: number): boolean => (half & 0x7c00) !== 0x7c00 || (half & 0x3ff) === 0;
  expect([...halves].filter((half, i) => isNumber(half) && again[i] !== half)).toEqual([]);
  expect(decoded(toFloat16(Float32Array.of(Number.NaN)))[0]).toBeNaN();
});

it('takes the nearest half, and the even one of two', () => {
  const cases: [number, number][] = [
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2 ** -23],
    [65_519, 65_504],
    [65_520, Number.POSITIVE_INFINITY],
    [-1e9, Number.NEGATIVE_INFINITY],
    [2047.9999 * 2 ** -25, 2 ** -14],
  ];
  const found = decoded(toFloat16(Float32Array.from(cases, ([value]) => value)));
  expect([...found]).toEqual(cases.map(([, half]) => half));
});

it('loses at most half a unit of the last place', () => {
  const values = RandomStream.fromSeed(1).normals(10_000);
  const errors = decoded(toFloat16(values)).map((half, i) => Math.abs(half / values[i]! - 1));
  const normal = errors.filter((_, i) => Math.abs(values[i]!) >= 2 ** -14);
  expect(Math.max(...normal)).toBeLessThanOrEqual(2 ** -11);
});
