import { describe, expect, it } from 'vitest';
import {
  type Grid,
  resizeInputs,
  resizeOutputs,
  resizing,
} from '../../../src/formats/foreign/resample.js';

const grid = (height: number, width: number): Grid => ({ height, width });
const size = ({ height, width }: Grid): number => height * width;
const close = (actual: Float64Array, expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
};

const pairs: [Grid, Grid][] = [
  [grid(2, 2), grid(4, 4)],
  [grid(14, 14), grid(24, 24)],
  [grid(6, 4), grid(3, 5)],
  [grid(5, 5), grid(2, 3)],
];

describe('resizing', () => {
  it('is the identity where nothing changes', () => {
    const { weights } = resizing(grid(2, 3), grid(2, 3));
    close(
      weights,
      Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0)),
    );
  });

  it.each(pairs)('from %o to %o keeps constants', (from, to) => {
    const resize = resizing(from, to);
    const constant = new Float64Array(size(from)).fill(3);
    close(resizeOutputs(constant, resize), new Array<number>(size(to)).fill(3));
  });

  it('interpolates between the centres of tokens', () => {
    const doubled = resizing(grid(1, 2), grid(1, 4));
    close(resizeOutputs(Float64Array.of(0, 1), doubled), [0, 0.25, 0.75, 1]);
    const down = resizing(grid(2, 1), grid(4, 1));
    close(resizeOutputs(Float64Array.of(0, 1), down), [0, 0.25, 0.75, 1]);
  });

  it('averages where it shrinks', () => {
    const halved = resizing(grid(1, 4), grid(1, 2));
    close(halved.weights, [0.5, 0.5, 0, 0, 0, 0, 0.5, 0.5]);
  });
});

describe('token mixing on another grid', () => {
  const product = (
    kernel: Float64Array,
    inputs: readonly number[],
    outputs: number,
  ): Float64Array => {
    const result = new Float64Array(outputs);
    inputs.forEach((input, i) => {
      for (let j = 0; j < outputs; j++) result[j]! += input * kernel[i * outputs + j]!;
    });
    return result;
  };
  const values = (length: number, seed: number): number[] =>
    Array.from({ length }, (_, i) => Math.sin(seed + 2.3 * i));

  it.each(pairs)('from %o to %o is resize, mix, resize', (from, to) => {
    const [hidden, x] = [3, values(size(to), 1)];
    const inwards = Float64Array.from(values(size(from) * hidden, 2));
    const outwards = Float64Array.from(values(hidden * size(from), 3));
    const [toStored, toWanted] = [resizing(to, from), resizing(from, to)];

    const mixed = product(resizeInputs(inwards, toStored), x, hidden);
    const shrunk = resizeOutputs(Float64Array.from(x), toStored);
    close(mixed, [...product(inwards, [...shrunk], hidden)]);

    const back = product(resizeOutputs(outwards, toWanted), [...mixed], size(to));
    close(back, [...resizeOutputs(product(outwards, [...mixed], size(from)), toWanted)]);
  });
});
