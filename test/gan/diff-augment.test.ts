import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AugmentationConfig,
  type AugmentationOf,
  augmentImages,
  augments,
  drawAugmentation,
} from '../../gan/diff-augment.js';
import { squaredImageGradients } from '../../src/adversarial/penalty.js';
import type { HostTensor } from '../../src/compile/step.js';
import { mendSecondOrderGradients } from '../../src/compile/trace/second-order.js';
import { RandomStream } from '../../src/random.js';
import { gradientsOf } from '../../src/train/gradients.js';
import { uniform } from '../golden/formula.js';
import { expectClose } from '../support/close.js';

beforeAll(mendSecondOrderGradients);

const nothing: AugmentationConfig = { translatePixels: 0, scale: 0, cutoutPixels: 0 };
const draw = (
  config: Partial<AugmentationConfig>,
  [count, height, width]: readonly [number, number, number],
) =>
  drawAugmentation(RandomStream.fromSeed(5), { count, height, width }, { ...nothing, ...config });

const tensor = ({ values, shape }: HostTensor): tf.Tensor => tf.tensor(values, [...shape]);
const tensors = ({ rows, columns, keep }: AugmentationOf<HostTensor>) => ({
  rows: tensor(rows),
  columns: tensor(columns),
  keep: tensor(keep),
});

/** Row-major values as nested arrays of rank 3. */
const matrices = (host: HostTensor): number[][][] => tensor(host).arraySync() as number[][][];

/** By how much a matrix that only shifts moves its middle. */
const shiftOf = (matrix: number[][]): number => {
  const middle = Math.floor(matrix.length / 2);
  return middle - matrix[middle]!.indexOf(1);
};

const tent = (distance: number): number => Math.max(0, 1 - Math.abs(distance));

/** Pixel (y, x) takes what is at (fromY(y), fromX(x)), between its four neighbours; −1 outside. */
function resampled(
  image: number[][][],
  fromY: (y: number) => number,
  fromX: (x: number) => number,
): number[][][] {
  return image.map((row, y) =>
    row.map((pixel, x) =>
      pixel.map((_, c) => {
        let light = 0;
        for (const [j, line] of image.entries()) {
          for (const [k, other] of line.entries()) {
            light += tent(fromY(y) - j) * tent(fromX(x) - k) * (other[c]! + 1);
          }
        }
        return light - 1;
      }),
    ),
  );
}

const asExpected = (images: number[][][][]) => {
  const whole = tf.tensor(images);
  return { shape: whole.shape, values: whole.dataSync() };
};

describe('augmentImages', () => {
  it('shifts by whole pixels; the background comes in', () => {
    const maps = draw({ translatePixels: 2 }, [12, 5, 6]);
    const images = uniform('images', [12, 5, 6, 3]);
    const shifts = matrices(maps.rows).map((rows, i) => [
      shiftOf(rows),
      shiftOf(matrices(maps.columns)[i]!),
    ]);
    expect(shifts.some(([down, right]) => down !== right)).toBe(true);
    const expected = (images.arraySync() as number[][][][]).map((image, i) => {
      const [down, right] = shifts[i] as [number, number];
      return image.map((row, y) =>
        row.map((pixel, x) => image[y - down]?.[x - right] ?? pixel.map(() => -1)),
      );
    });
    expectClose(augmentImages(images, tensors(maps)), asExpected(expected), { relative: 1e-6 });
  });

  it('zooms about the centre, each axis on its own', () => {
    const maps = draw({ scale: 0.5 }, [8, 9, 7]);
    const images = uniform('images', [8, 9, 7, 3]);
    const step = (matrix: number[][]): number => {
      const middle = (matrix.length - 1) / 2;
      const place = (y: number) => matrix[y]!.reduce((sum, weight, j) => sum + weight * j, 0);
      expect(place(middle)).toBeCloseTo(middle, 5);
      return place(middle + 1) - middle;
    };
    const steps = matrices(maps.rows).map((rows, i) => [
      step(rows),
      step(matrices(maps.columns)[i]!),
    ]);
    for (const zoom of steps.flat().map((value) => 1 / value)) {
      expect(Math.abs(zoom - 1)).toBeLessThanOrEqual(0.5 + 1e-5);
    }
    expect(steps.flat().some((value) => value > 1.2)).toBe(true);
    expect(steps.flat().some((value) => value < 0.8)).toBe(true);
    expect(steps.every(([down, right]) => Math.abs(down! - right!) > 1e-3)).toBe(true);
    const expected = (images.arraySync() as number[][][][]).map((image, i) =>
      resampled(
        image,
        (y) => 4 + (y - 4) * steps[i]![0]!,
        (x) => 3 + (x - 3) * steps[i]![1]!,
      ),
    );
    expectClose(augmentImages(images, tensors(maps)), asExpected(expected), { relative: 1e-5 });
  });

  it('blanks a square, and leaves the rest alone', () => {
    const maps = draw({ cutoutPixels: 3 }, [200, 6, 7]);
    const images = uniform('images', [200, 6, 7, 1]);
    const cuts = new Map<string, number>();
    const keep = matrices(maps.keep);
    for (const image of keep) {
      const blank = image.flatMap((row, y) =>
        row.flatMap((kept, x) => (kept === 0 ? [[y, x]] : [])),
      );
      const [ys, xs] = [0, 1].map((axis) => blank.map((at) => at[axis]!));
      const span = (at: number[]) => Math.max(...at) - Math.min(...at) + 1;
      // Its centre is inside, so at most one row and one column of it can be missing.
      const size = `${span(ys!)}×${span(xs!)}`;
      expect(blank).toHaveLength(span(ys!) * span(xs!));
      cuts.set(size, (cuts.get(size) ?? 0) + 1);
    }
    expect([...cuts.keys()].sort()).toEqual(['2×2', '2×3', '3×2', '3×3']);
    const expected = (images.arraySync() as number[][][][]).map((image, i) =>
      image.map((row, y) => row.map((pixel, x) => (keep[i]![y]![x] === 0 ? [-1] : pixel))),
    );
    expectClose(augmentImages(images, tensors(maps)), asExpected(expected), { relative: 1e-6 });
  });

  it('does nothing when nothing is asked', () => {
    expect(augments(nothing)).toBe(false);
    const images = uniform('images', [3, 4, 5, 3]);
    const same = { shape: images.shape, values: images.dataSync() };
    expectClose(augmentImages(images, tensors(draw({}, [3, 4, 5]))), same, { relative: 1e-6 });
    for (const part of ['translatePixels', 'scale', 'cutoutPixels'] as const) {
      expect(augments({ ...nothing, [part]: 0.5 })).toBe(true);
    }
  });

  it('has the gradient that differences give', () => {
    const maps = tensors(draw({ translatePixels: 1, scale: 0.3, cutoutPixels: 2 }, [2, 4, 5]));
    const images = uniform('images', [2, 4, 5, 3]);
    const weights = uniform('weights', images.shape);
    const f = (x: tf.Tensor) => tf.sum<tf.Scalar>(tf.mul(augmentImages(x, maps), weights));
    const gradient = tf.grad(f)(images);
    const whole = images.dataSync();
    const here = f(images).dataSync()[0]!;
    // The map is affine: a step of any length gives the slope.
    const slopes = Array.from(whole, (_, i) => {
      const moved = Float32Array.from(whole, (value, j) => (i === j ? value + 1 : value));
      return f(tf.tensor(moved, images.shape)).dataSync()[0]! - here;
    });
    expectClose(gradient, { shape: images.shape, values: slopes }, { relative: 1e-4 });
    expect(new Set(slopes.map((slope) => slope.toFixed(3))).size).toBeGreaterThan(30);
  });

  it('can be differentiated twice, as a penalty does', () => {
    const maps = tensors(draw({ translatePixels: 1, scale: 0.3 }, [2, 3, 4]));
    const images = uniform('images', [2, 3, 4, 1]);
    const weights = tf.variable(uniform('weights', [3, 4, 1]));
    const penalty = (): tf.Scalar => {
      const logits = (x: tf.Tensor) =>
        tf.reshape(tf.sum(tf.tanh(tf.mul(augmentImages(x, maps), weights)), [1, 2]), [2, 1]);
      return tf.sum<tf.Scalar>(squaredImageGradients(logits, images).squaredGradients);
    };
    const { gradients } = gradientsOf(() => ({ loss: penalty() }), new Map([['w', weights]]));
    const start = weights.dataSync().slice();
    const h = 1e-2;
    const at = (i: number, by: number): number => {
      const moved = Float32Array.from(start, (value, j) => (i === j ? value + by : value));
      weights.assign(tf.tensor(moved, weights.shape));
      return penalty().dataSync()[0]!;
    };
    const slopes = Array.from(start, (_, i) => (at(i, h) - at(i, -h)) / (2 * h));
    expectClose(gradients.get('w')!, { shape: weights.shape, values: slopes }, { relative: 5e-3 });
  });
});

describe('drawAugmentation', () => {
  it('draws every shift equally often', () => {
    const count = 4900;
    const maps = draw({ translatePixels: 3 }, [count, 7, 7]);
    const [rows, columns] = [matrices(maps.rows), matrices(maps.columns)];
    const found = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const shift = `${shiftOf(rows[i]!)},${shiftOf(columns[i]!)}`;
      found.set(shift, (found.get(shift) ?? 0) + 1);
    }
    expect(found.size).toBe(49);
    const chiSquare = [...found.values()].reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0);
    // 48 degrees of freedom: beyond this once in a thousand times.
    expect(chiSquare).toBeLessThan(84);
  });

  it('is a function of the stream', () => {
    const config = { translatePixels: 2, scale: 0.2, cutoutPixels: 2 };
    expect(draw(config, [3, 6, 5])).toEqual(draw(config, [3, 6, 5]));
    const { rows } = draw(config, [3, 6, 5]);
    expect(new Set(matrices(rows).map((matrix) => matrix.join())).size).toBe(3);
  });
});
