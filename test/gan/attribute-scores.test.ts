import { describe, expect, it } from 'vitest';
import { attributeCounter, attributeScores } from '../../gan/attribute-scores.js';
import { attributeTable } from '../../gan/figures.js';
import { attributeReaders } from '../../gan/judging.js';
import { gatherConditions } from '../../src/data/conditions.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import type { Engine } from '../../src/engine/engine.js';
import type { FeatureExtractor } from '../../src/scores/features.js';
import type { Judges } from '../../src/scores/judges.js';

/** Two pixels each: how bright the first is, one of three, and the second, one of two. */
const sky = { name: 'sky', values: ['dark', 'dim', 'bright'] };
const ground = { name: 'ground', values: ['dark', 'bright'] };

function views(name: string, images: readonly number[]): ImageDataset {
  const count = images.length / 2;
  const labels = (of: (i: number) => number) => Uint8Array.from({ length: count }, (_, i) => of(i));
  const attributes = [
    { ...sky, labels: labels((i) => Math.floor(images[2 * i]! / 100)) },
    { ...ground, labels: labels((i) => Math.floor(images[2 * i + 1]! / 200)) },
  ];
  return {
    ...{ name, images: Uint8Array.from(images), labels: labels(() => 0), count, attributes },
    ...{ height: 1, width: 2, channels: 1, classNames: ['view'] },
  };
}

/** Reads an attribute from one pixel, in steps of so many grey levels. */
const reader = (name: string, values: readonly string[], pixel: number, levels: number) =>
  ({
    name,
    task: { imageShape: [1, 2, 1], classNames: values },
    extract: async (images) => ({
      features: { values: new Float32Array(images.length), count: images.length / 2, dim: 2 },
      probabilities: Float32Array.from({ length: (images.length / 2) * values.length }, (_, at) => {
        const [i, k] = [Math.floor(at / values.length), at % values.length];
        return Math.floor(images[2 * i + pixel]! / levels) === k ? 1 : 0;
      }),
    }),
  }) satisfies FeatureExtractor;

const real = views('views train', [0, 0, 100, 255, 255, 255, 255, 0]);
const conditions = [sky, ground];
const labels = gatherConditions(real, [0, 1, 2, 3], { attributes: ['sky', 'ground'] });
// The second has another sky than was asked for, the second and the last another ground.
const pixels = Float32Array.from([0, 0, 0, 0, 255, 255, 255, 255]);

describe('what images show', () => {
  it('is counted by attribute, and where all are there', async () => {
    const readers = new Map([
      ['sky', reader('of skies', sky.values, 0, 100)],
      ['ground', reader('of grounds', ground.values, 1, 200)],
    ]);
    // Of these the reader of skies takes the second for what it is not.
    const heldOut = { ...views('views test', [0, 0, 110, 0]), images: Uint8Array.of(0, 0, 90, 0) };
    const counts = await attributeCounter(readers, heldOut)({ pixels, labels, conditions });
    expect(attributeScores([counts!])).toEqual({
      attributes: [
        { attribute: 'sky', reader: 'of skies', askedShare: 0.75, floor: 0.5 },
        { attribute: 'ground', reader: 'of grounds', askedShare: 0.5, floor: 1 },
      ],
      allShare: 0.5,
    });
  });

  it('is a row for each attribute, beside real images and another run', () => {
    const sky = { attribute: 'sky', reader: 'of skies', askedShare: 0.75, floor: 0.5 };
    const scores = { attributes: [sky], allShare: 0.5 };
    expect(attributeTable(scores, undefined)).toEqual({
      header: ['attribute', 'this run', 'real images'],
      rows: [
        ['sky', '75.00%', '50.00%'],
        ['all of them', '50.00%', '-'],
      ],
    });
    const other = { attributes: [], allShare: 0.25 };
    expect(attributeTable(scores, other)).toEqual({
      header: ['attribute', 'this run', 'real images', 'other run'],
      rows: [
        ['sky', '75.00%', '50.00%', '-'],
        ['all of them', '50.00%', '-', '25.00%'],
      ],
    });
  });

  it('is not told where nobody can read it', async () => {
    const asked = { pixels, labels, conditions };
    expect(await attributeCounter(new Map(), undefined)(asked)).toBeUndefined();
    const readers = new Map([['ground', reader('of grounds', ground.values, 1, 200)]]);
    const counts = await attributeCounter(readers, undefined)(asked);
    expect(attributeScores([counts!]).attributes).toEqual([
      { attribute: 'ground', reader: 'of grounds', askedShare: 0.5 },
    ]);
  });
});

describe('the readers', () => {
  const engine = async (): Promise<Engine> => {
    throw new Error('nothing is computed here');
  };
  const options = { train: true, source: 'views#ground', say: () => {} };

  it('are the extractors that know an attribute, and others trained on its labels', async () => {
    const asked: unknown[] = [];
    const ofSkies = reader('of skies', sky.values, 0, 100);
    const ofData: Judges['ofData'] = async (_engine, { train, test }, { source, kinds }) => {
      asked.push([train.name, test.name, train.classNames, [...train.labels!], source, kinds]);
      return [reader('of grounds', train.classNames, 1, 200)];
    };
    const readers = await attributeReaders({ ofData } as Judges, engine, {
      ...{ conditions, data: { train: real, test: real }, extractors: [ofSkies], asked: options },
    });
    expect([...readers].map(([name, { name: by }]) => [name, by])).toEqual([
      ['sky', 'of skies'],
      ['ground', 'of grounds'],
    ]);
    expect(asked).toEqual([
      [
        ...['views#ground train', 'views#ground test', ground.values],
        ...[[0, 1, 1, 0], 'views#ground', ['attribute']],
      ],
    ]);
  });

  it('are fewer where one is not there and not to be trained', async () => {
    const ofData: Judges['ofData'] = async () => undefined;
    const readers = await attributeReaders({ ofData } as Judges, engine, {
      ...{ conditions: [...conditions, { values: ['view'] }], extractors: [] },
      ...{ data: { train: real, test: real }, asked: { ...options, train: false } },
    });
    expect(readers.size).toBe(0);
  });
});
