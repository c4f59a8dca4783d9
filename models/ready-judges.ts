/** Judges that need no training, by which a test soon tells whether a generator still draws what it drew. */
import { judges } from '../classifier/judges.js';
import { areDigits } from '../gan/judging.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import type { FeatureExtractor } from '../src/scores/index.js';
import { thumbnails } from './thumbnails.js';

/** Thumbnails, and of digits the first classifier that comes with the package. */
export const readyJudges = async (
  engine: Engine,
  images: ImageDataset,
): Promise<readonly FeatureExtractor[]> => [
  thumbnails(images),
  ...(areDigits(images) ? [await judges.open(engine, judges.forDigits[0])] : []),
];
