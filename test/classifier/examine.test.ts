/** Which pictures are shown of what a classifier says. */
import { expect, it } from 'vitest';
import { examineClassifier } from '../../classifier/examine.js';
import type { ImageDataset } from '../../src/data/dataset.js';

/** An image is one pixel: what a classifier says of it is in the pixel. */
const said: readonly (readonly [label: number, taken: number, percent: number])[] = [
  [0, 0, 90],
  [0, 1, 60],
  [0, 1, 80],
  [1, 1, 55],
  [1, 1, 99],
  [1, 0, 70],
];
const dataset: ImageDataset = {
  name: 'said',
  images: Uint8Array.from(said.keys()),
  labels: Uint8Array.from(said, ([label]) => label),
  ...{ count: said.length, height: 1, width: 1, channels: 1, classNames: ['a', 'b'] },
};
const predict = async (images: Uint8Array): Promise<Float32Array> =>
  Float32Array.from(
    [...images].flatMap((i) => {
      const [, taken, percent] = said[i]!;
      return taken === 0 ? [percent / 100, 1 - percent / 100] : [1 - percent / 100, percent / 100];
    }),
  );

it('counts every image, and puts the surest errors first', async () => {
  const told: number[] = [];
  const { confusion, examples } = await examineClassifier(predict, dataset, (done) =>
    told.push(done),
  );
  expect(confusion).toEqual([
    [1, 2],
    [1, 2],
  ]);
  // Errors from the surest on, then what was right from the least sure on.
  expect(examples.map(({ index }) => index)).toEqual([2, 5, 1, 3, 0, 4]);
  expect(examples.map(({ place }) => place)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(examples[0]).toMatchObject({ label: 0, taken: 1 });
  expect(told.at(-1)).toBe(6);
});
