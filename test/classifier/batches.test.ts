import { describe, expect, it } from 'vitest';
import { type Augmentation, noAugmentation } from '../../classifier/augmentation.js';
import { type BatchSource, batchTask, trainingBatches } from '../../classifier/batches.js';
import { augmentAffine } from '../../src/data/augment/affine.js';
import { mixup } from '../../src/data/augment/mixup.js';
import { Batches, gatherBytes } from '../../src/data/batches.js';
import { type ImageDataset, inSharedMemory } from '../../src/data/dataset.js';
import { normalisationOf } from '../../src/data/normalisation.js';
import { ThreadPool } from '../../src/data/thread-pool.js';
import { UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';

const noise = RandomStream.fromSeed(5);
const [count, height, width, channels, numClasses] = [40, 8, 8, 3, 4];
const train: ImageDataset = {
  ...{ name: 'noise', count, height, width, channels },
  images: Uint8Array.from({ length: count * height * width * channels }, () => noise.integer(256)),
  labels: Uint8Array.from({ length: count }, (_, i) => i % numClasses),
  classNames: ['a', 'b', 'c', 'd'],
};
const batchSize = 16;
const seed = 11;
const shape = [batchSize, height, width, channels] as const;

const sourceOf = (some: Partial<Augmentation> = {}, mixupAlpha = 0): BatchSource => ({
  config: { seed, batchSize, mixupAlpha, augmentation: { ...noAugmentation, ...some } },
  train,
});
const everything: Partial<Augmentation> = {
  ...{ cropPadding: 2, flip: 0.5, randAugment: { ops: 2, magnitude: 14 }, labelSmoothing: 0.1 },
  ...{ rotateDegrees: 5, translatePixels: 1, scale: 0.1 },
  erasing: { probability: 0.5, minArea: 0.05, maxArea: 0.3 },
  cutMix: { probability: 0.5, alpha: 1 },
};
const random = RandomStream.fromSeed(seed);
const indicesOf = (step: number): Uint32Array =>
  new Batches({ count, batchSize, random: random.split('batches') }).indices(step);

describe('trainingBatches', () => {
  it('gives the images as they are, and one-hot labels, without any augmentation', () => {
    const { images, targets } = trainingBatches(sourceOf())(3);
    expect(images).toEqual({ dtype: 'uint8', shape, values: gatherBytes(train, indicesOf(3)) });
    const labels = Array.from(indicesOf(3), (i) => train.labels![i]!);
    expect(targets.shape).toEqual([batchSize, numClasses]);
    expect([...targets.values]).toEqual(
      labels.flatMap((label) => [0, 1, 2, 3].map((k) => (k === label ? 1 : 0))),
    );
  });

  it('draws for affine maps and mixup what it always did', () => {
    const ranges = { rotateDegrees: 10, translatePixels: 2, scale: 0.1 };
    const { images, targets } = trainingBatches(sourceOf(ranges, 0.4))(5);
    const stream = random.split('augmentation').split(5);
    const pixels = gatherBytes(train, indicesOf(5));
    const moved = augmentAffine(pixels, shape, stream.split('affine'), ranges);
    const plain = trainingBatches(sourceOf())(5).targets.values as Float32Array;
    const mixed = mixup(moved, plain, batchSize, 0.4, stream.split('mixup'));
    expect(images.values).toEqual(mixed.pixels);
    expect(targets.values).toEqual(mixed.labels);
  });

  it('is a function of the step, in whatever order', () => {
    const [one, other] = [
      trainingBatches(sourceOf(everything, 0.2)),
      trainingBatches(sourceOf(everything, 0.2)),
    ];
    const forward = [0, 1, 2, 3].map(one);
    const backward = [3, 2, 1, 0].map(other).reverse();
    expect(forward).toEqual(backward);
    expect(forward[0]).not.toEqual(forward[1]);
  });

  it('gives the same batches in threads', async () => {
    const source = sourceOf(everything, 0.2);
    const normalised = { ...source, normalisation: normalisationOf(train) };
    const here = trainingBatches(normalised);
    for (const threads of [1, 2]) {
      const pool = new ThreadPool<number, unknown>(threads, {
        from: new URL('../../classifier/batches.ts', import.meta.url).href,
        module: './batches.js',
        exportName: 'batchTask',
        data: { ...normalised, train: inSharedMemory(train) },
      });
      try {
        const steps = [0, 1, 2, 3, 4];
        const batches = await Promise.all(steps.map((step) => pool.run(step)));
        expect(batches).toEqual(steps.map(here));
      } finally {
        await pool.close();
      }
    }
  });

  it('transfers the memory of a batch', async () => {
    const { output, transfer } = await batchTask(sourceOf())(0);
    expect(transfer).toEqual([output.images.values.buffer, output.targets.values.buffer]);
  });

  it.each<[string, Partial<Augmentation>]>([
    ['cropPadding', { cropPadding: 2 }],
    ['flip', { flip: 0.5 }],
    ['randAugment', { randAugment: { ops: 1, magnitude: 30 } }],
    ['rotateDegrees', { rotateDegrees: 10 }],
    ['translatePixels', { translatePixels: 1 }],
    ['scale', { scale: 0.1 }],
    ['erasing', { erasing: { probability: 1, minArea: 0.1, maxArea: 0.2 } }],
  ])('%s changes images alone', (_, augmentation) => {
    const [plain, augmented] = [sourceOf(), sourceOf(augmentation)].map((s) =>
      trainingBatches(s)(1),
    );
    expect(augmented!.images).not.toEqual(plain!.images);
    expect(augmented!.targets).toEqual(plain!.targets);
  });

  it('smooths labels, and keeps their sums through every mixture', () => {
    const smoothed = trainingBatches(sourceOf({ labelSmoothing: 0.2 }))(1);
    expect(smoothed.images).toEqual(trainingBatches(sourceOf())(1).images);
    expect(new Set(Array.from(smoothed.targets.values, (v) => v.toFixed(4)))).toEqual(
      new Set(['0.8500', '0.0500']),
    );
    const make = trainingBatches(sourceOf(everything, 0.2));
    for (let step = 0; step < 10; step++) {
      const { values } = make(step).targets;
      for (let i = 0; i < values.length; i += numClasses) {
        const row = values.subarray(i, i + numClasses);
        expect([...row].reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
        expect(Math.min(...row)).toBeGreaterThan(0.0249);
      }
    }
  });

  it('cuts or mixes whole batches: CutMix with its probability, mixup otherwise', () => {
    const plain = trainingBatches(sourceOf());
    const make = trainingBatches(sourceOf({ cutMix: { probability: 0.3, alpha: 1 } }, 1));
    const alone = trainingBatches(sourceOf({ cutMix: { probability: 0.3, alpha: 1 } }));
    const mixedOnly = trainingBatches(sourceOf({}, 1));
    let cut = 0;
    const steps = 200;
    for (let step = 0; step < steps; step++) {
      const [batch, before] = [make(step), plain(step)];
      if (`${batch.images.values}` === `${mixedOnly(step).images.values}`) {
        expect(alone(step)).toEqual(before);
        continue;
      }
      cut++;
      expect(alone(step)).toEqual(batch);
      // Every pixel is one of the batch's own: nothing is blended.
      const known = new Set(before.images.values);
      expect(batch.images.values.every((value: number) => known.has(value))).toBe(true);
    }
    expect(Math.abs(cut / steps - 0.3)).toBeLessThan(0.15);
  });

  it('erases to the mean colour where the model normalises, and to grey otherwise', () => {
    const erasing = { probability: 1, minArea: 0.2, maxArea: 0.3 };
    const normalisation = normalisationOf({ ...train, images: train.images.map((v) => v >> 2) });
    const before = trainingBatches(sourceOf())(0).images.values;
    for (const [normalised, colour] of [
      [normalisation, normalisation.mean.map((mean) => Math.round((mean + 1) * 127.5))],
      [undefined, [128, 128, 128]],
    ] as const) {
      const { images } = trainingBatches({ ...sourceOf({ erasing }), normalisation: normalised })(
        0,
      );
      let holes = 0;
      for (const [i, value] of images.values.entries()) {
        if (value === colour[i % channels]) holes++;
        else expect(value).toBe(before[i]);
      }
      expect(holes / images.values.length).toBeGreaterThan(0.15);
    }
  });

  it('refuses a crop that would push images out of sight', () => {
    expect(() => trainingBatches(sourceOf({ cropPadding: 8 }))).toThrow(
      new UsageError('augmentation.cropPadding: 8 pixels move images of 8×8 out of sight (noise)'),
    );
  });
});
