import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fontPackages, loadPrintedDigits } from '../../../src/data/drawings/printed-digits.js';
import { areInstalled } from '../installed.js';

const installed = areInstalled('@resvg/resvg-js', ...fontPackages);

it.skipIf(!installed)(
  'printed digits are drawn in a dozen fonts, and placed as MNIST places its own',
  async () => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'mixgan-printed-'));
    try {
      const { train, test } = await loadPrintedDigits({ need: 'a test', cacheFolder });
      expect([train.count, test.count]).toEqual([3840, 960]);
      expect(train).toMatchObject({ height: 28, width: 28, channels: 1 });
      // Every one has ink, in the middle; the border stays black.
      const all = [train, test].flatMap(({ images, count }) =>
        Array.from({ length: count }, (_, i) => images.subarray(i * 784, (i + 1) * 784)),
      );
      expect(all.every((image) => Math.max(...image) === 255)).toBe(true);
      expect(all.every((image) => image.subarray(0, 28).every((value) => value < 64))).toBe(true);
      // No two fonts are the same, so no font is missing: resvg takes another where it finds none.
      const sevens = new Set(all.map((image) => image.join()));
      expect(sevens.size).toBeGreaterThan(0.99 * all.length);
      const counts = train.classNames.map((_, k) => test.labels!.filter((l) => l === k).length);
      expect(counts).toEqual(Array(10).fill(96));
    } finally {
      await rm(cacheFolder, { recursive: true, force: true });
    }
  },
  60_000,
);
