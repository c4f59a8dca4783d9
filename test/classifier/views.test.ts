import { describe, expect, it } from 'vitest';
import { classifierPresets } from '../../classifier/presets.js';
import { describeViews, trainedViews, type View, withViews } from '../../classifier/views.js';
import { UsageError } from '../../src/errors.js';

const plain = classifierPresets['digits-quick']!;
const mirroring = { ...plain, augmentation: { ...plain.augmentation, flip: 0.5 } };

/** What a predictor is shown of one image of 2 × 3 pixels of one channel. */
async function shown(view: View, pixels: number[]): Promise<number[]> {
  const seen: number[][] = [];
  const predict = withViews(
    async (images) => {
      seen.push(Array.from(images));
      return Float32Array.of(1);
    },
    [view],
    [2, 3, 1],
  );
  await predict(Uint8Array.from(pixels));
  return seen[0]!;
}

const view = (dx: number, dy: number, mirrored = false): View => ({ dx, dy, mirrored });

describe('trainedViews', () => {
  it('are the image, its neighbours, and those across the corners', () => {
    expect(trainedViews(plain, 1)).toEqual([view(0, 0)]);
    expect(describeViews(trainedViews(plain, 9))).toBe(
      'as it is, 1 up, 1 left, 1 right, 1 down, 1 up 1 left, 1 up 1 right, 1 down 1 left, 1 down 1 right',
    );
  });

  it('come mirrored, too, where the training mirrored', () => {
    expect(describeViews(trainedViews(mirroring, 4))).toBe(
      'as it is, mirrored, 1 up, 1 up mirrored',
    );
    expect(trainedViews(mirroring, 18)).toHaveLength(18);
  });

  it.each([0, 10])('are not %d', (count) => {
    expect(() => trainedViews(plain, count)).toThrow(UsageError);
    expect(() => trainedViews(plain, count)).toThrow(
      `this classifier has 1 to 9 views of an image, not ${count}`,
    );
  });
});

describe('withViews', () => {
  it.each<[View, number[]]>([
    [view(0, 0), [1, 2, 3, 4, 5, 6]],
    [view(1, 0), [0, 1, 2, 0, 4, 5]],
    [view(-1, 0), [2, 3, 0, 5, 6, 0]],
    [view(0, 1), [0, 0, 0, 1, 2, 3]],
    [view(0, -1), [4, 5, 6, 0, 0, 0]],
    [view(1, -1), [0, 4, 5, 0, 0, 0]],
    [view(0, 0, true), [3, 2, 1, 6, 5, 4]],
    [view(1, 0, true), [0, 3, 2, 0, 6, 5]],
  ])('shows the image moved and mirrored: %j', async (seenAs, expected) => {
    expect(await shown(seenAs, [1, 2, 3, 4, 5, 6])).toEqual(expected);
  });

  it('gives the mean of the probabilities, for each of several images', async () => {
    // Images of two pixels; the pixels stand for the probabilities of two classes.
    const predict = withViews(
      async (images) => Float32Array.from(images),
      [view(0, 0), view(0, 0, true)],
      [1, 2, 1],
    );
    const mean = await predict(Uint8Array.of(25, 75, 50, 100));
    expect(Array.from(mean)).toEqual([50, 50, 75, 75]);
  });

  it('keeps the channels of a pixel together', async () => {
    let seen: Uint8Array | undefined;
    const predict = withViews(
      async (images) => {
        seen = images;
        return Float32Array.of(1);
      },
      [view(1, 0, true)],
      [1, 2, 2],
    );
    await predict(Uint8Array.of(1, 2, 3, 4));
    expect(Array.from(seen!)).toEqual([0, 0, 3, 4]);
  });
});
