import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataExtractors } from '../../classifier/data-extractors.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';

/** Coloured images of 8 × 8: of the second class, the upper half is red. */
function coloured(name: string, count: number): ImageDataset {
  const random = RandomStream.fromSeed(1).split(name);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const images = Uint8Array.from({ length: count * 192 }, (_, i) => {
    const [image, pixel] = [Math.floor(i / 192), i % 192];
    const isRed = labels[image] === 1 && pixel < 96 && pixel % 3 === 0;
    return isRed ? 255 : random.integer(120);
  });
  const shape = { height: 8, width: 8, channels: 3 };
  return { name: `${name}`, images, labels, count, ...shape, classNames: ['plain', 'red'] };
}

const data = { train: coloured('blots train', 64), test: coloured('blots test', 32) };
let folder: string;
let engine: Engine;
const said: string[] = [];
const options = () => ({
  ...{ folder, source: 'blots', config: { steps: 12 } },
  say: (line: string) => said.push(line),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-extractors-'));
  ({ engine } = await openEngine('auto'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('are trained when that is asked for, kept, and found again', async () => {
  expect(
    await openDataExtractors(async () => engine, data, { ...options(), train: false }),
  ).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);

  const [cnn, mixer] = (await openDataExtractors(async () => engine, data, {
    ...options(),
    train: true,
  }))!;
  expect([cnn!.name, mixer!.name]).toEqual(['blots-cnn', 'blots-mixer']);
  expect(cnn!.task).toMatchObject({ imageShape: [8, 8, 3], classNames: ['plain', 'red'] });
  const { features, probabilities } = await cnn!.extract(data.test.images);
  expect([features.count, probabilities.length]).toEqual([32, 64]);
  expect(said.filter((line) => line.startsWith('training '))).toHaveLength(2);
  expect(said).toContainEqual(
    expect.stringMatching(/^blots-cnn recognises [\d.]+% of the held-out/),
  );

  said.length = 0;
  const again = (await openDataExtractors(async () => engine, data, {
    ...options(),
    train: false,
  }))!;
  const same = await again[0]!.extract(data.test.images);
  expect([...same.features.values]).toEqual([...features.values]);
  expect(said.filter((line) => line.startsWith('training '))).toEqual([]);
  expect(await readdir(folder)).toHaveLength(2);
});

it('are others for other images', async () => {
  const train = { ...data.train, images: data.train.images.map((byte) => 255 - byte) };
  const other = { ...data, train };
  expect(
    await openDataExtractors(async () => engine, other, { ...options(), train: false }),
  ).toBeUndefined();
});

it('are not to be had without classes', async () => {
  const bare = { ...data, train: { ...data.train, labels: undefined } };
  expect(
    await openDataExtractors(async () => engine, bare, { ...options(), train: false }),
  ).toBeUndefined();
  await expect(
    openDataExtractors(async () => engine, bare, { ...options(), train: true }),
  ).rejects.toThrow(
    new UsageError(
      '--train-extractor: blots train has no classes that an extractor could learn to tell apart; give one with --extractor',
    ),
  );
});
