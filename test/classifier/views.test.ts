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
  await predict(Float32Array.from(pixels));
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
    [view(1, 0), [-1, 1, 2, -1, 4, 5]],
    [view(-1, 0), [2, 3, -1, 5, 6, -1]],
    [view(0, 1), [-1, -1, -1, 1, 2, 3]],
    [view(0, -1), [4, 5, 6, -1, -1, -1]],
    [view(1, -1), [-1, 4, 5, -1, -1, -1]],
    [view(0, 0, true), [3, 2, 1, 6, 5, 4]],
    [view(1, 0, true), [-1, 3, 2, -1, 6, 5]],
  ])('shows the image moved and mirrored: %j', async (seenAs, expected) => {
    expect(await shown(seenAs, [1, 2, 3, 4, 5, 6])).toEqual(expected);
  });

  it('gives the mean of the probabilities, for each of several images', async () => {
    // Images of two pixels; the first pixel is the probability of the first class.
    const predict = withViews(
      async (images) => Float32Array.from(images),
      [view(0, 0), view(0, 0, true)],
      [1, 2, 1],
    );
    const mean = await predict(Float32Array.of(0.25, 0.75, 0.5, 1));
    expect(Array.from(mean)).toEqual([0.5, 0.5, 0.75, 0.75]);
  });

  it('keeps the channels of a pixel together', async () => {
    let seen: Float32Array | undefined;
    const predict = withViews(
      async (images) => {
        seen = images;
        return Float32Array.of(1);
      },
      [view(1, 0, true)],
      [1, 2, 2],
    );
    await predict(Float32Array.of(1, 2, 3, 4));
    expect(Array.from(seen!)).toEqual([-1, -1, 3, 4]);
  });
});
