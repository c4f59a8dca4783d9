import { z } from 'zod';
import { wholeNumber } from '../src/config/numbers.js';
import { maxMagnitude } from '../src/data/augment/rand-augment.js';

const probability = () => z.number().min(0).max(1);

/** A share of an image's area. */
const area = () => z.number().gt(0).lt(1);

const noCutMix = { probability: 0, alpha: 1 };
const noElastic = { pixels: 0, spacing: 7 };
const noErasing = { probability: 0, minArea: 0.02, maxArea: 0.33 };
const noRandAugment = { ops: 0, magnitude: 14 };

/**
 * Random changes to the training images, in the order in which they come, and to their targets. A
 * number or probability of 0 switches each of them off.
 */
export const augmentationSchema = z.strictObject({
  /** Shift by up to so many whole pixels along each axis: a random crop of the padded image. */
  cropPadding: wholeNumber(0).default(0),
  /** Probability of mirroring left to right. */
  flip: probability().default(0),
  /** So many operations of fourteen, of a magnitude of 0 to 30. */
  randAugment: z
    .strictObject({
      ops: wholeNumber(0, 14),
      magnitude: z.number().min(0).max(maxMagnitude),
    })
    .default(noRandAugment),
  /** An affine map; rotation by up to so many degrees to either side. */
  rotateDegrees: z.number().min(0).max(180),
  /** Shift by up to so many pixels along each axis, broken ones too. */
  translatePixels: z.number().min(0),
  /** Scale by a factor of 1 − s to 1 + s. */
  scale: z.number().min(0).lt(1),
  /** Horizontal shear by up to so many degrees to either side. */
  shearDegrees: z.number().min(0).lt(90).default(0),
  /** How far pixels move, as a standard deviation, in a field that changes over `spacing` pixels. */
  elastic: z
    .strictObject({ pixels: z.number().min(0), spacing: z.number().min(1) })
    .default(noElastic),
  /** Probability that an image loses a rectangle, and its share of the image. */
  erasing: z
    .strictObject({ probability: probability(), minArea: area(), maxArea: area() })
    .refine(({ minArea, maxArea }) => minArea <= maxArea, {
      path: ['minArea'],
      error: 'give no more than maxArea',
    })
    .default(noErasing),
  /** ε: targets are 1 − ε + ε/K for the class, ε/K for the others. */
  labelSmoothing: z.number().min(0).lt(1).default(0),
  /** Probability that a batch is cut and mixed, and α of Beta(α, α); other batches may be mixed up. */
  cutMix: z
    .strictObject({ probability: probability(), alpha: z.number().positive() })
    .default(noCutMix),
});

export type Augmentation = z.output<typeof augmentationSchema>;

export const noAugmentation: Augmentation = {
  cropPadding: 0,
  flip: 0,
  randAugment: noRandAugment,
  rotateDegrees: 0,
  translatePixels: 0,
  scale: 0,
  shearDegrees: 0,
  elastic: noElastic,
  erasing: noErasing,
  labelSmoothing: 0,
  cutMix: noCutMix,
};
