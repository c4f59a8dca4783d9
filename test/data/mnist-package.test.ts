import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DatasetSplits, ImageDataset } from '../../src/data/dataset.js';
import { loadMnistPackage } from '../../src/data/mnist-package.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const perClass = ({ labels }: ImageDataset) => {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels!) counts[label]!++;
  return counts;
};

const digests = ({ images, count }: ImageDataset) =>
  Array.from({ length: count }, (_, i) => sha256(images.subarray(i * 784, (i + 1) * 784)));

describe('loadMnistPackage', () => {
  let splits: DatasetSplits;
  beforeAll(async () => {
    splits = await loadMnistPackage();
  });

  it('has 8,000 and 2,000 digits of 28×28, every class divided alike', () => {
    const shape = { height: 28, width: 28, channels: 1 };
    expect(splits.train).toMatchObject({ name: 'mnist train', count: 8000, ...shape });
    expect(splits.test).toMatchObject({ name: 'mnist test', count: 2000, ...shape });
    expect(splits.train.classNames.join('')).toBe('0123456789');
    expect(perClass(splits.train)).toEqual([801, 902, 793, 826, 784, 690, 811, 856, 755, 782]);
    expect(perClass(splits.test)).toEqual([200, 225, 198, 206, 196, 173, 203, 214, 189, 196]);
  });

  it('has no digit twice', () => {
    const distinct = new Set([...digests(splits.train), ...digests(splits.test)]);
    expect(distinct.size).toBe(10_000);
  });

  it('never changes', () => {
    const digest = ({ images, labels }: ImageDataset) =>
      sha256(Buffer.concat([images, Uint8Array.from(labels!)]));
    expect(digest(splits.train)).toBe(
      '09dad1cade13c56616a4ce619d511f4857c80bf2e5ccd681fc77fe8b39df9d26',
    );
    expect(digest(splits.test)).toBe(
      '255bf4e542ca2b32eb6ef6268f0161bc99ca67e08e629397af8f556b8e85350d',
    );
  });

  it('has the bytes of MNIST: every digit reaches full white, on a black ground', () => {
    for (const { images, count } of [splits.train, splits.test]) {
      for (let i = 0; i < count; i++) {
        const image = images.subarray(i * 784, (i + 1) * 784);
        expect(Math.max(...image)).toBeGreaterThanOrEqual(254);
        expect(image[0]).toBe(0);
      }
    }
  });
});
