/** The digits that the page learns from. */
import { type ImageDataset, subset } from '../../src/data/dataset.js';
import { loadMnistPackage } from '../../src/data/mnist-package.js';
import { RandomStream } from '../../src/random.js';

/** As many as leave the page at five megabytes. */
const counts = { train: 5000, test: 500 };

/** Some images, whichever comes first in an order that is always the same. */
const some = (dataset: ImageDataset, count: number): ImageDataset => {
  const order = RandomStream.fromSeed(0).split('tab').permutation(dataset.count);
  return subset(dataset, order.subarray(0, count));
};

/** The bytes of their file: how many, their side, labels and pixels. */
export async function digits(): Promise<Uint8Array> {
  const { train, test } = await loadMnistPackage();
  const splits = [some(train, counts.train), some(test, counts.test)];
  const header = Uint32Array.of(counts.train, counts.test, train.height);
  return Buffer.concat([
    Buffer.from(header.buffer),
    ...splits.flatMap(({ labels, images }) => [Uint8Array.from(labels!), images]),
  ]);
}
