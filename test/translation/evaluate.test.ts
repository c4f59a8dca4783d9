import { describe, expect, it } from 'vitest';
import type { ImageDataset } from '../../src/data/dataset.js';
import { RandomStream } from '../../src/random.js';
import type { FeatureExtractor } from '../../src/scores/features.js';
import type { DomainSplits, Truth } from '../../translation/data/splits.js';
import { asOneDataset } from '../../translation/domains.js';
import { evaluateTranslation } from '../../translation/evaluate.js';
import { describeDirection } from '../../translation/figures.js';
import type { Translator, Translators } from '../../translation/translate.js';

const count = 12;

/** Images of 12 × 12, each of a brightness of its own with a little noise; B is A's negative. */
function domain(name: string, seed: number, isNegative: boolean): ImageDataset {
  const random = RandomStream.fromSeed(seed);
  const images = new Uint8Array(count * 144);
  for (let i = 0; i < images.length; i++) {
    const value = 10 * (Math.floor(i / 144) + 1) + random.integer(8);
    images[i] = isNegative ? 255 - value : value;
  }
  const shape = { count, height: 12, width: 12, channels: 1 };
  return { name, images, ...shape, labels: undefined, classNames: [] };
}

function splits(truth: Truth): DomainSplits {
  const of = (name: string, seed: number) =>
    asOneDataset(name, { a: domain('a', seed, false), b: domain('b', seed, true) }, ['a', 'b']);
  return { train: of('train', 1), test: of('test', 2), truth };
}

const identity: Translator = async (images) => images;
const negative: Translator = async (images) => images.map((value) => -value);
/** Hides what an image was in the last bit, and in nothing else. */
const hiding: Translators = {
  aToB: async (images) => images.map((value) => Math.sign(value) * 0.5 + value / 1000),
  bToA: async (images) => images.map((value) => (value - Math.sign(value) * 0.5) * 1000),
};

const nobody = { extractors: [], readers: {} };

/** Tells bright images from dark ones, by their mean. */
const eye: FeatureExtractor = {
  name: 'eye',
  task: { imageShape: [12, 12, 1], classNames: ['dark', 'bright'] },
  async extract(images) {
    const n = images.length / 144;
    const means = Float32Array.from({ length: n }, (_, i) => {
      const pixels = images.subarray(i * 144, (i + 1) * 144);
      return (pixels as Uint8Array).reduce((sum, value) => sum + value, 0) / 144 / 255;
    });
    return {
      features: { values: means, count: n, dim: 1 },
      probabilities: Float32Array.from({ length: 2 * n }, (_, i) => {
        const mean = means[Math.floor(i / 2)]!;
        return i % 2 === 0 ? 1 - mean : mean;
      }),
    };
  },
};

describe('an evaluation', () => {
  it('holds translations to their counterparts, beside the untouched images', async () => {
    const translators = { aToB: negative, bToA: identity };
    const { aToB, bToA } = await evaluateTranslation(
      ...([translators, splits({ kind: 'pairs' }), nobody] as const),
    );
    expect(aToB.truth!.translated.l1).toBe(0);
    expect(aToB.truth!.translated.ssim).toBeCloseTo(1, 12);
    expect(aToB.truth!.untouched.l1).toBeGreaterThan(0.2);
    expect(aToB.truth!.nearest.l1).toBeGreaterThan(0.01);
    expect(aToB.change).toBe(aToB.truth!.untouched.l1);
    expect(bToA.truth!.translated).toEqual(bToA.truth!.untouched);
    expect(bToA.change).toBe(0);
    expect(aToB.classes).toBeUndefined();
  });

  it('shows that a way back hides the image in what nobody sees', async () => {
    const pairs = splits({ kind: 'pairs' });
    const { aToB: honest } = await evaluateTranslation(
      ...([{ aToB: negative, bToA: negative }, pairs, nobody] as const),
    );
    expect(honest.cycle.plain).toBe(0);
    expect(honest.cycle.noisy).toBeGreaterThan(0.005);
    expect(honest.cycle.noisy).toBeLessThan(0.02);
    expect(describeDirection(honest)).not.toContain('hides the image');
    const { aToB: cheat } = await evaluateTranslation(hiding, pairs, nobody);
    expect(cheat.cycle.plain).toBeLessThan(0.001);
    expect(cheat.cycle.rounded).toBeGreaterThan(0.1);
    expect(cheat.cycle.noisy).toBeGreaterThan(0.1);
    expect(describeDirection(cheat)).toContain('the translation hides the image');
  });

  it('measures features beside the floor, and reads classes', async () => {
    const halves = Uint8Array.from({ length: count }, (_, i) => (i < count / 2 ? 1 : 0));
    const truth = { kind: 'classes', names: ['dark', 'bright'], a: halves, b: halves } as const;
    const judges = { extractors: [eye], readers: { b: eye } };
    const { aToB, bToA } = await evaluateTranslation(
      ...([{ aToB: negative, bToA: identity }, splits(truth), judges] as const),
    );
    const [seen] = aToB.extractors;
    expect(seen!.translated.frechet).toBeCloseTo(seen!.floor.frechet, 6);
    expect(seen!.untouched.frechet).toBeGreaterThan(10 * seen!.floor.frechet);
    expect(seen!.frechetRatio).toBeCloseTo(1, 4);
    expect(bToA.extractors[0]!.frechetRatio).toBeGreaterThan(10);
    // Negatives of images of 10 to 120 are all bright.
    expect(aToB.classes).toEqual({ reader: 'eye', translated: 0.5, untouched: 0.5, floor: 0.5 });
    expect(bToA.classes).toBeUndefined();
  });

  it('refuses judges of other images, and of other classes', async () => {
    const other: FeatureExtractor = { ...eye, task: { ...eye.task, imageShape: [28, 28, 1] } };
    const translators = { aToB: identity, bToA: identity };
    await expect(
      evaluateTranslation(translators, splits({ kind: 'pairs' }), {
        extractors: [other],
        readers: {},
      }),
    ).rejects.toThrow('eye was trained on images of 28×28×1, but test, a has 12×12×1');
    const labels = new Uint8Array(count);
    const truth = { kind: 'classes', names: ['x', 'y'], a: labels, b: labels } as const;
    await expect(
      evaluateTranslation(translators, splits(truth), { extractors: [], readers: { b: eye } }),
    ).rejects.toThrow('eye knows the classes dark, bright …, not those of test, a: x, y …');
  });
});
