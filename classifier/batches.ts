import { augmentAffine, mixup } from '../src/data/augment.js';
import { Batches, gatherLabels, gatherPixels } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { float32 } from '../src/engine/engine.js';
import type { RandomStream } from '../src/random.js';
import type { ClassifierConfig } from './config.js';

/** The images [B, H, W, C] and targets [B, K] of a step, augmented and mixed up. */
export function trainingBatches(
  config: ClassifierConfig,
  train: ImageDataset,
  random: RandomStream,
) {
  const { batchSize, augmentation, mixupAlpha } = config;
  const numClasses = train.classNames.length;
  const batches = new Batches({ count: train.count, batchSize, random: random.split('batches') });
  const shape = [batchSize, train.height, train.width, train.channels] as const;
  const augments = Object.values(augmentation).some((amount) => amount > 0);
  return (step: number) => {
    const indices = batches.indices(step);
    let images = gatherPixels(train, indices);
    let targets: Float32Array = new Float32Array(batchSize * numClasses);
    gatherLabels(train, indices).forEach((label, i) => {
      targets[i * numClasses + label] = 1;
    });
    const stream = random.split('augmentation').split(step);
    if (augments) images = augmentAffine(images, shape, stream.split('affine'), augmentation);
    if (mixupAlpha > 0) {
      ({ pixels: images, labels: targets } = mixup(
        images,
        targets,
        batchSize,
        mixupAlpha,
        stream.split('mixup'),
      ));
    }
    return {
      images: float32(shape, images),
      targets: float32([batchSize, numClasses], targets),
    };
  };
}
