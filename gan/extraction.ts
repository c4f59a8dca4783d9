/**
 * What an extractor makes of many images, and parts of that.
 *
 * Axes: N images, K classes, D dimension of the features.
 */
import { joined } from '../src/arrays.js';
import { gatherBytes } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { Extraction, FeatureExtractor, Features } from '../src/scores/index.js';

/** Images that are copied at a time, to spare memory. */
const chunkSize = 2000;

export async function extractImages(
  { extract }: FeatureExtractor,
  dataset: ImageDataset,
  indices: Uint32Array,
): Promise<Extraction> {
  const chunks: Extraction[] = [];
  for (let first = 0; first < indices.length; first += chunkSize) {
    chunks.push(await extract(gatherBytes(dataset, indices.subarray(first, first + chunkSize))));
  }
  const { dim } = chunks[0]!.features;
  return {
    features: {
      values: joined(chunks.map(({ features }) => features.values)),
      count: indices.length,
      dim,
    },
    probabilities: joined(chunks.map(({ probabilities }) => probabilities)),
  };
}

export function rows(
  { features, probabilities }: Extraction,
  from: number,
  to: number,
): Extraction {
  const { values, count, dim } = features;
  const numClasses = probabilities.length / count;
  return {
    features: { values: values.subarray(from * dim, to * dim), count: to - from, dim },
    probabilities: probabilities.subarray(from * numClasses, to * numClasses),
  };
}

export const firstRows = ({ values, dim }: Features, count: number): Features => ({
  values: values.subarray(0, count * dim),
  count,
  dim,
});
