import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClassifier } from '../../classifier/doors.js';
import { bundledExtractors } from '../../classifier/extractors.js';
import { openGan, type TrainedGan } from '../../gan/doors.js';
import { quickEvaluationProtocol } from '../../gan/evaluate.js';
import { readyJudges } from '../../models/ready-judges.js';
import { loadDataset } from '../../src/data/load.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { readJson } from '../../src/files.js';
import { openRun } from '../../src/train/run-folder.js';
import { shippedNames } from '../../src/train/shipped.js';
import { areInstalled } from '../data/installed.js';

interface Card {
  readonly name: string;
  readonly data: string;
  readonly command: string;
  readonly date: string;
  readonly steps: number;
  readonly judgedBy: readonly Judged[];
  readonly quickly: readonly Judged[];
}

interface Judged {
  readonly extractor: string;
  readonly frechetRatio: number;
  readonly generated: { readonly recall: number; readonly coverage: number };
}

const folder = fileURLToPath(new URL('../../models', import.meta.url));
const cardOf = (name: string): Promise<Card> =>
  readJson(join(folder, name, 'card.json'), '') as Promise<Card>;

it('there are models, of at most 8 MB together', async () => {
  expect(shippedNames()).toContain('digits');
  const files = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(files.map((name) => stat(join(folder, name))));
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(8e6);
});

/** What the data of a model comes from, where not everyone has it. */
const packages: Readonly<Record<string, readonly string[]>> = {
  faces: ['@dicebear/core', '@dicebear/pixel-art', '@resvg/resvg-js'],
  fashion: ['fashion-mnist'],
};

const classifiers: readonly string[] = bundledExtractors;

it.each(classifiers)('%s is a classifier with a card', async (name) => {
  const { config } = await openRun(name);
  expect(config).toMatchObject({ kind: 'classifier' });
  const { engine } = await openEngine('auto');
  const classifier = await openClassifier(name, { engine });
  expect(await readJson(join(folder, name, 'card.json'), '')).toMatchObject({
    ...{ name, testAccuracy: classifier.testAccuracy, steps: classifier.config.steps },
    command: expect.stringMatching(/^mixgan train classifier --preset extractor-/),
  });
  await classifier.dispose();
});

describe.each(shippedNames().filter((name) => !classifiers.includes(name)))('%s', (name) => {
  let engine: Engine;
  let gan: TrainedGan;
  beforeAll(async () => {
    ({ engine } = await openEngine('auto'));
    gan = await openGan(name, { engine });
  });
  afterAll(() => gan.dispose());

  it('has a card that says what it is', async () => {
    const card = await cardOf(name);
    expect(card).toMatchObject({
      name,
      data: expect.stringMatching(/CC|MIT/),
      command: expect.stringMatching(/^mixgan train gan /),
      date: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
    });
    const { config } = await openRun(name);
    expect(config).toMatchObject({ kind: 'gan', steps: card.steps });
    expect(card.judgedBy.length).toBeGreaterThan(0);
  });

  it('draws the same for a seed, and something else for another', async () => {
    const draw = (seed: number) => gan.sample({ count: 8, seed });
    const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
    const [height, width, channels] = gan.imageShape;
    expect(first).toHaveLength(8 * height * width * channels);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(50);
  });

  const isThere = areInstalled(...(packages[name] ?? []));

  it.skipIf(!isThere)('comes as near to real images as its card says', async () => {
    const { quickly: said } = await cardOf(name);
    const data = await loadDataset(gan.config.data, gan.config);
    const { extractors } = await gan.evaluate(data, {
      extractors: await readyJudges(engine, data.train),
      protocol: quickEvaluationProtocol,
    });
    expect(extractors.map(({ extractor }) => extractor)).toEqual(
      said.map(({ extractor }) => extractor),
    );
    extractors.forEach(({ frechetRatio, generated }, i) => {
      const { generated: once, ...judged } = said[i]!;
      expect(Math.abs(frechetRatio / judged.frechetRatio - 1)).toBeLessThan(0.03);
      expect(Math.abs(generated.recall - once.recall)).toBeLessThan(0.02);
      expect(Math.abs(generated.coverage - once.coverage)).toBeLessThan(0.02);
    });
  });
});
