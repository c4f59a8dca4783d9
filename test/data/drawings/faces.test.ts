import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatasetSplits, ImageDataset } from '../../../src/data/dataset.js';
import { loadFaces } from '../../../src/data/drawings/faces.js';
import { InputError } from '../../../src/errors.js';
import { areInstalled } from '../installed.js';

const digests = ({ images, count }: ImageDataset): string[] => {
  const size = images.length / count;
  return Array.from({ length: count }, (_, i) =>
    createHash('md5')
      .update(images.subarray(i * size, (i + 1) * size))
      .digest('hex'),
  );
};

const installed = areInstalled('@resvg/resvg-js', '@dicebear/core', '@dicebear/pixel-art');

describe.skipIf(!installed)('faces', () => {
  let cacheFolder: string;
  let splits: DatasetSplits;
  const load = (more: object = {}) =>
    loadFaces({ style: 'pixel-art', size: 16, cacheFolder, ...more });
  beforeAll(async () => {
    cacheFolder = await mkdtemp(join(tmpdir(), 'mixgan-faces-'));
    splits = await load();
  }, 120_000);
  afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

  it('are 8,000 to train on and 2,000 to test on, in colour on white', () => {
    const shape = { height: 16, width: 16, channels: 3 };
    expect(splits.train).toMatchObject({ name: 'faces train', count: 8000, ...shape });
    expect(splits.test).toMatchObject({ name: 'faces test', count: 2000, ...shape });
    expect([...splits.train.images.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  it('have no drawing of the one half in the other', () => {
    const test = new Set(digests(splits.test));
    expect(digests(splits.train).filter((digest) => test.has(digest))).toEqual([]);
  });

  it('tell what is to be seen: their hair unless something else is asked for', async () => {
    const { train } = splits;
    expect(train.attributes![0]).toMatchObject({ name: 'hair', values: train.classNames });
    expect([...train.attributes![0]!.labels]).toEqual([...train.labels!]);
    expect(train.classNames).toHaveLength(45);
    const skin = (await load({ attribute: 'skinColor' })).train;
    expect(skin.classNames).toContain('8d5524');
    expect(digests(skin)).toEqual(digests(train));
    const glasses = train.attributes!.find(({ name }) => name === 'glasses')!;
    expect(glasses.values).toContain('none');
  });

  it('show the colour that is told: where skin is said to be dark, faces are darker', () => {
    const { images, attributes } = splits.train;
    const skin = attributes!.find(({ name }) => name === 'skinColor')!;
    const size = 16 * 16 * 3;
    const redOf = (value: string): number => {
      const label = skin.values.indexOf(value);
      const faces = [...skin.labels.keys()].filter((i) => skin.labels[i] === label).slice(0, 200);
      // A pixel of the neck.
      const reds = faces.map((i) => images[i * size + (13 * 16 + 7) * 3]!);
      return reds.reduce((sum, red) => sum + red, 0) / reds.length;
    };
    expect(redOf('ffdbac')).toBeGreaterThan(redOf('8d5524') + 40);
  });

  it('are refused by name where there is no such style, attribute or size', async () => {
    await expect(load({ attribute: 'nose' })).rejects.toThrow(
      /^faces has no attribute nose; it has hair, accessories, /,
    );
    await expect(load({ style: '../secrets' })).rejects.toThrow(InputError);
    await expect(load({ style: 'no-such-style' })).rejects.toThrow(
      '--data faces:no-such-style needs the npm package @dicebear/no-such-style, which is not installed; run npm install @dicebear/no-such-style',
    );
    await expect(load({ size: 2000 })).rejects.toThrow(
      '--data faces is drawn at 1 to 1024 pixels, not 2000',
    );
  });
});
