import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '../../classifier/model.js';
import { predictFiles } from '../../classifier/predict.js';
import { digitNames } from '../../src/data/mnist-package.js';
import { InputError } from '../../src/errors.js';
import { writePng } from '../../src/image/png.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-predict-'));
  // A white bar at the left edge, of a fading grey.
  const pixels = Uint8Array.from({ length: 784 }, (_, i) => (i % 28 < 4 ? 255 - (i >> 5) : 0));
  await writePng(join(folder, 'bar.png'), { width: 28, height: 28, channels: 1, pixels });
  const colours = Uint8Array.from({ length: 12 }, (_, i) => [255, 0, 0, 0, 0, 255][i % 6]!);
  await writePng(join(folder, 'colours.png'), {
    width: 2,
    height: 2,
    channels: 3,
    pixels: colours,
  });
});
afterAll(() => rm(folder, { recursive: true }));

const clothes: Task = { imageShape: [28, 28, 1], classNames: ['shirt', 'shoe'] };
const digits: Task = { imageShape: [28, 28, 1], classNames: digitNames };

/** What a classifier is shown of files. */
async function shown(task: Task, ...files: string[]): Promise<Uint8Array[]> {
  const seen: Uint8Array[] = [];
  await predictFiles(
    async (images) => {
      seen.push(Uint8Array.from(images));
      return new Float32Array(1000);
    },
    task,
    files.map((file) => join(folder, file)),
  );
  return seen;
}

describe('predictFiles', () => {
  it('centres digits, and shows other pictures of their size as they are', async () => {
    const [bar] = await shown(clothes, 'bar.png');
    expect([...bar!.subarray(0, 6)]).toEqual([255, 255, 255, 255, 0, 0]);
    const [digit] = await shown(digits, 'bar.png');
    expect([...digit!.subarray(0, 28)].every((pixel) => pixel === 0)).toBe(true);
    expect(Math.max(...digit!)).toBe(255);
  });

  it('shows colours to a classifier of grey pictures as grey', async () => {
    const [image] = await shown({ ...clothes, imageShape: [2, 2, 1] }, 'colours.png');
    expect([...image!]).toEqual([76, 29, 76, 29]);
  });

  it('shows a part of a picture to a classifier of images that are not square', async () => {
    const [image] = await shown({ ...clothes, imageShape: [4, 8, 1] }, 'bar.png');
    expect(image).toHaveLength(32);
  });

  it('reads some files at a time, and answers for each in their order', async () => {
    const sizes: number[] = [];
    const files = Array.from({ length: 230 }, () => join(folder, 'bar.png'));
    const predictions = await predictFiles(
      async (images) => {
        const count = images.length / 784;
        const before = sizes.reduce((a, b) => a + b, 0);
        sizes.push(count);
        return Float32Array.from({ length: 2 * count }, (_, i) =>
          i % 2 === (before + (i >> 1)) % 2 ? 0.75 : 0.25,
        );
      },
      clothes,
      files,
    );
    expect(sizes).toEqual([100, 100, 30]);
    expect(predictions.map(({ label }) => label)).toEqual(files.map((_, i) => i % 2));
    expect(predictions[1]).toEqual({
      ...{ file: files[1], label: 1, name: 'shoe', probability: 0.75 },
      probabilities: [0.25, 0.75],
    });
  });

  it('gives pictures the form of images that are not square', async () => {
    const [image] = await shown({ ...clothes, imageShape: [4, 8, 1] }, 'bar.png');
    expect(image).toHaveLength(4 * 8);
  });

  it('refuses pictures for images that none can be made for', async () => {
    const twoChannels: Task = { ...clothes, imageShape: [28, 28, 2] };
    await expect(shown(twoChannels, 'bar.png')).rejects.toThrow(InputError);
    await expect(shown({ ...digits, imageShape: [8, 8, 1] }, 'bar.png')).rejects.toThrow(
      'the classifier was trained on images of 8×8×1; predict prepares digits of 28×28×1',
    );
  });
});
