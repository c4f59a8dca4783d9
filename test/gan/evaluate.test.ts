import { beforeAll, describe, expect, it } from 'vitest';
import { bundledExtractors, openBundledExtractor } from '../../classifier/extractors.js';
import {
  createEvaluation,
  type EvaluationResult,
  type ExtractorEvaluation,
  evaluationMetrics,
  evaluationProtocol,
} from '../../gan/evaluate.js';
import type { Sampler } from '../../gan/sample.js';
import { gatherBytes } from '../../src/data/batches.js';
import { type ImageDataset, subset } from '../../src/data/dataset.js';
import { digitNames, loadMnistPackage } from '../../src/data/mnist-package.js';
import { openEngine } from '../../src/engine/open.js';
import { InputError, UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import type { FeatureExtractor } from '../../src/scores/features.js';
import { scaled } from '../support/pixels.js';

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/** A generator that draws the images of a dataset, one after the other. */
const drawing =
  (images: ImageDataset): Sampler =>
  async (latents) =>
    scaled(gatherBytes(images, range(0, latents.length)));

const latentDim = 1;

describe('the digits', () => {
  const samples = 300;
  /** In random order. */
  let digits: ImageDataset;
  let train: ImageDataset;
  /** As many real images that are not in `train`. */
  let others: ImageDataset;
  let extractors: FeatureExtractor[];
  let evaluate: (sampler: Sampler, numClasses?: number) => Promise<EvaluationResult>;

  beforeAll(async () => {
    const { train: all } = await loadMnistPackage();
    // The training part does not begin with an equal share of every class.
    digits = subset(all, RandomStream.fromSeed(1).permutation(all.count));
    train = subset(digits, range(0, 2 * samples), 'some digits');
    others = subset(digits, range(2 * samples, 3 * samples));
    const { engine } = await openEngine('auto');
    extractors = [];
    for (const name of bundledExtractors) extractors.push(await openBundledExtractor(engine, name));
    const protocol = { seed: 0, samples, manifoldSamples: samples };
    const evaluation = createEvaluation({ extractors, train, protocol });
    evaluate = (sampler, numClasses) =>
      evaluation.evaluate(sampler, {
        latentDim,
        conditions: numClasses === undefined ? undefined : [{ values: digitNames }],
      });
  });

  /** The scores of two extractors, each under its name. */
  const byName = ({ extractors }: EvaluationResult): [string, ExtractorEvaluation][] => {
    expect(extractors.map(({ extractor }) => extractor)).toEqual([...bundledExtractors]);
    return extractors.map((evaluated) => [evaluated.extractor, evaluated]);
  };

  it('score as well as real images when they are real images', async () => {
    for (const [name, { generated, floor, ...rest }] of byName(await evaluate(drawing(others)))) {
      expect(rest.memorisation, name).toBeUndefined();
      expect(rest.frechetRatio, name).toBe(generated.frechet / floor.frechet);
      expect(rest.frechetRatio, name).toBeGreaterThan(0.6);
      expect(rest.frechetRatio, name).toBeLessThan(1.6);
      for (const score of ['precision', 'recall', 'coverage'] as const) {
        expect(Math.abs(generated[score] - floor[score]), `${name} ${score}`).toBeLessThan(0.1);
      }
      expect(Math.abs(generated.density - floor.density), name).toBeLessThan(0.2);
      expect(generated.classes.classesPresent, name).toBe(10);
      expect(generated.classes.totalVariation, name).toBeLessThan(0.15);
      expect(generated.classes.confidentShare, name).toBeGreaterThan(0.95);
      expect(generated.askedShare, name).toBeUndefined();
      expect(floor.askedShare, name).toBeGreaterThan(0.97);
    }
  });

  it('score the worse the more noise is on them', async () => {
    const noisy = (strength: number): Sampler => {
      const noise = RandomStream.fromSeed(3);
      return async (latents) =>
        (await drawing(others)(latents)).map((value) =>
          Math.max(-1, Math.min(1, value + strength * noise.normal())),
        );
    };
    const [none, some, much] = [
      byName(await evaluate(drawing(others))),
      byName(await evaluate(noisy(0.3))),
      byName(await evaluate(noisy(0.8))),
    ];
    for (const [i, [name]] of none.entries()) {
      const [a, b, c] = [none, some, much].map((results) => results[i]![1].generated);
      expect(b!.frechet, name).toBeGreaterThan(1.5 * a!.frechet);
      expect(c!.frechet, name).toBeGreaterThan(1.5 * b!.frechet);
      expect(c!.kernel, name).toBeGreaterThan(b!.kernel);
      expect(c!.precision, name).toBeLessThan(a!.precision - 0.2);
      expect(c!.coverage, name).toBeLessThan(b!.coverage);
    }
  });

  it('score badly in variety, and not in fidelity, when classes are missing', async () => {
    const few = range(600, 1500).filter((index) => digits.labels![index]! < 5);
    const dropped = subset(digits, few.slice(0, samples));
    expect(dropped.count).toBe(samples);
    for (const [name, { generated, floor }] of byName(await evaluate(drawing(dropped)))) {
      expect(generated.frechet, name).toBeGreaterThan(5 * floor.frechet);
      expect(generated.precision, name).toBeGreaterThan(floor.precision - 0.1);
      expect(generated.recall, name).toBeLessThan(0.7);
      expect(generated.coverage, name).toBeLessThan(0.65);
      expect(generated.classes.totalVariation, name).toBeGreaterThan(0.4);
      expect(generated.classes.normalisedEntropy, name).toBeLessThan(0.8);
      const [zeros, , , , , fives] = generated.classes.counts;
      expect(zeros! / (1 + fives!), name).toBeGreaterThan(5);
    }
  });

  it('show whether a generator draws the classes it is asked for', async () => {
    const asked: Int32Array[] = [];
    const obeying: Sampler = async (_, labels) => {
      asked.push(labels!);
      const queues = range(0, 10).map((label) =>
        range(0, digits.count).filter((index) => digits.labels![index] === label),
      );
      return scaled(
        gatherBytes(
          digits,
          Array.from(labels!, (label) => queues[label]!.pop()!),
        ),
      );
    };
    const ignoring: Sampler = (latents) => drawing(others)(latents);
    const [good, bad] = [byName(await evaluate(obeying, 10)), byName(await evaluate(ignoring, 10))];
    for (const [i, [name]] of good.entries()) {
      expect(good[i]![1].generated.askedShare, name).toBeGreaterThan(0.97);
      expect(good[i]![1].frechetRatio, name).toBeLessThan(1.6);
      expect(bad[i]![1].generated.askedShare, name).toBeGreaterThan(0.05);
      expect(bad[i]![1].generated.askedShare, name).toBeLessThan(0.16);
      expect(bad[i]![1].frechetRatio, name).toBeLessThan(1.6);
    }
    expect(asked[0]).toHaveLength(samples);
    // As often as among the reals, which are half of the training images.
    const most = range(0, 10).map((label) => train.labels!.filter((l) => l === label).length);
    for (const label of range(0, 10)) {
      const count = asked[0]!.filter((l) => l === label).length;
      expect(Math.abs(count - most[label]! / 2), `${label}`).toBeLessThan(15);
    }
  });

  it('show whether a generator copies its training images', async () => {
    const evaluation = createEvaluation({
      extractors: [extractors[0]!],
      train,
      heldOut: subset(digits, range(1000, 1200), 'unseen digits'),
      protocol: { seed: 0, samples: 100, manifoldSamples: 100 },
    });
    const shareOf = async (images: ImageDataset) => {
      const { protocol, extractors } = await evaluation.evaluate(drawing(images), { latentDim });
      expect(protocol).toEqual({
        ...{ seed: 0, samples: 100, manifoldSamples: 100 },
        ...{ trainingImages: 600, heldOutImages: 100 },
      });
      return extractors[0]!.memorisation!;
    };
    const copied = await shareOf(train);
    expect(copied.closeShare).toBe(1);
    expect(copied.generated.q90).toBe(0);
    const own = await shareOf(others);
    expect(own.closeShare).toBeLessThan(0.06);
    expect(own.generated.median / own.heldOut.median).toBeCloseTo(1, 0);
  });
});

describe('the protocol', () => {
  /** Two pixels as two features, and the class of the first pixel's brightness. */
  let calls = 0;
  const stub: FeatureExtractor = {
    name: 'stub',
    task: { imageShape: [1, 2, 1], classNames: ['dark', 'light'] },
    async extract(pixels) {
      calls++;
      const count = pixels.length / 2;
      return {
        features: { values: Float32Array.from(pixels), count, dim: 2 },
        probabilities: Float32Array.from({ length: 2 * count }, (_, i) =>
          pixels[i - (i % 2)]! < 127.5 === (i % 2 === 0) ? 1 : 0,
        ),
      };
    },
  };

  const imagesOf = (count: number, changes: Partial<ImageDataset> = {}): ImageDataset => {
    const random = RandomStream.fromSeed(count);
    const images = Uint8Array.from({ length: 2 * count }, () => random.integer(256));
    return {
      ...{ name: 'two pixels', images, count, height: 1, width: 2, channels: 1 },
      labels: Uint8Array.from({ length: count }, (_, i) => (images[2 * i]! < 128 ? 0 : 1)),
      classNames: ['dark', 'light'],
      ...changes,
    };
  };

  /** Its images are its latents. */
  const sampler: Sampler = async (latents) => latents.map(Math.tanh);

  it('is that of published figures unless said otherwise', async () => {
    expect(evaluationProtocol).toEqual({ seed: 0, samples: 4000, manifoldSamples: 2000 });
    const evaluation = createEvaluation({ extractors: [stub], train: imagesOf(8500) });
    const { protocol } = await evaluation.evaluate(sampler, { latentDim: 2 });
    expect(protocol).toEqual({ ...evaluationProtocol, trainingImages: 8500, heldOutImages: 0 });
  });

  it('halves what images there are', async () => {
    const evaluation = createEvaluation({
      extractors: [stub],
      train: imagesOf(101),
      heldOut: imagesOf(9),
    });
    const { protocol, extractors } = await evaluation.evaluate(sampler, { latentDim: 2 });
    expect(protocol).toEqual({
      ...{ seed: 0, samples: 50, manifoldSamples: 50 },
      ...{ trainingImages: 101, heldOutImages: 9 },
    });
    const { counts } = extractors[0]!.generated.classes;
    expect(counts[0]! + counts[1]!).toBe(50);
  });

  it('gives the same figures again, from the same latents, and looks at the reals once', async () => {
    const drawn: Float32Array[] = [];
    const watched: Sampler = (latents, labels) => {
      drawn.push(latents.slice());
      return sampler(latents, labels);
    };
    const evaluation = createEvaluation({
      extractors: [stub],
      train: imagesOf(200),
      heldOut: imagesOf(30),
    });
    calls = 0;
    const first = await evaluation.evaluate(watched, { latentDim: 2 });
    expect(calls).toBe(3);
    expect(await evaluation.evaluate(watched, { latentDim: 2 })).toEqual(first);
    expect(calls).toBe(4);
    const { floor } = first.extractors[0]!;
    expect(await evaluation.floors()).toEqual([{ extractor: stub.name, floor }]);
    expect(calls).toBe(4);
    expect(drawn[0]).toHaveLength(2 * 100);
    expect(drawn[1]).toEqual(drawn[0]);
    const again = createEvaluation({
      extractors: [stub],
      train: imagesOf(200),
      heldOut: imagesOf(30),
    });
    expect(await again.evaluate(watched, { latentDim: 2 })).toEqual(first);
    expect(evaluationMetrics(first.extractors[0]!)).toEqual({
      'evaluation.frechet': first.extractors[0]!.generated.frechet,
      'evaluation.frechetRatio': first.extractors[0]!.frechetRatio,
      'evaluation.precision': expect.any(Number),
      'evaluation.recall': expect.any(Number),
      'evaluation.density': expect.any(Number),
      'evaluation.coverage': expect.any(Number),
      'evaluation.classEntropy': expect.any(Number),
      'evaluation.confidentShare': 1,
    });
  });

  it('asks a conditional generator for the classes of the reals', async () => {
    const evaluation = createEvaluation({ extractors: [stub], train: imagesOf(200) });
    const obeying: Sampler = async (latents, labels) =>
      latents.map((value, i) => (i % 2 === 0 ? labels![i / 2]! - 0.5 : Math.tanh(value)));
    const { extractors } = await evaluation.evaluate(obeying, {
      latentDim: 2,
      conditions: [{ values: ['dark', 'light'] }],
    });
    const [{ generated, floor }] = extractors as [ExtractorEvaluation];
    expect(generated.askedShare).toBe(1);
    expect(floor.askedShare).toBe(1);
    expect(generated.classes.totalVariation).toBe(0);
  });

  it('does without labels where nobody is asked for a class', async () => {
    const train = imagesOf(40, { labels: undefined });
    const evaluation = createEvaluation({ extractors: [stub], train });
    const { extractors } = await evaluation.evaluate(sampler, { latentDim: 2 });
    expect(extractors[0]!.floor).not.toHaveProperty('askedShare');
    const conditional = evaluation.evaluate(sampler, {
      latentDim: 2,
      conditions: [{ values: ['dark', 'light'] }],
    });
    await expect(conditional).rejects.toThrow(InputError);
  });

  it('refuses what cannot be compared', async () => {
    const creating = (train: ImageDataset) => () => createEvaluation({ extractors: [stub], train });
    expect(creating(imagesOf(11))).toThrow(
      new InputError('two pixels: an evaluation needs at least 12 images, not 11'),
    );
    expect(creating(imagesOf(20, { height: 2, width: 1 }))).toThrow(
      new InputError('stub was trained on images of 1×2×1, but two pixels has 2×1×1'),
    );
    expect(creating(imagesOf(20, { classNames: digitNames }))).toThrow(
      new InputError('stub was trained on the classes dark, light, but two pixels has 0 … 9 (10)'),
    );
    const evaluation = createEvaluation({ extractors: [stub], train: imagesOf(20) });
    await expect(
      evaluation.evaluate(sampler, { latentDim: 2, conditions: [{ values: ['a', 'b', 'c'] }] }),
    ).rejects.toThrow(new UsageError('the generator draws 3 classes, but two pixels has 2'));
  });
});
