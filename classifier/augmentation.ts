import { z } from 'zod';
import { pixels, positiveNumber, size, wholeNumber } from '../src/config/numbers.js';
import { maxMagnitude } from '../src/data/augment/rand-augment.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { UsageError } from '../src/errors.js';

const probability = () => z.number().min(0).max(1);

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
  cropPadding: size(0)
    .default(0)
    .describe('a shift by up to so many whole pixels: a random crop of the padded image'),
  flip: probability().default(0).describe('probability of mirroring left to right'),
  randAugment: z
    .strictObject({
      ops: wholeNumber(0, 14).describe('so many operations of fourteen'),
      magnitude: z.number().min(0).max(maxMagnitude).describe('of each operation'),
    })
    .default(noRandAugment),
  rotateDegrees: z.number().min(0).max(180).describe('up to so many to either side'),
  translatePixels: pixels().describe('up to so many along each axis, broken ones too'),
  scale: z.number().min(0).lt(1).describe('by a factor of 1 − s to 1 + s'),
  shearDegrees: z.number().min(0).lt(90).default(0).describe('up to so many to either side'),
  elastic: z
    .strictObject({
      pixels: pixels().describe('how far pixels move, as a standard deviation'),
      spacing: pixels(1).describe('pixels over which that changes'),
    })
    .default(noElastic),
  erasing: z
    .strictObject({
      probability: probability().describe('that an image loses a rectangle'),
      minArea: area().describe('smallest share of the image'),
      maxArea: area().describe('largest share of the image'),
    })
    .refine(({ minArea, maxArea }) => minArea <= maxArea, {
      path: ['minArea'],
      error: 'give no more than maxArea',
    })
    .default(noErasing),
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('ε: targets are 1 − ε + ε/K for the class, ε/K for the others'),
  cutMix: z
    .strictObject({
      probability: probability().describe('that a batch is cut and mixed; others may be mixed up'),
      alpha: positiveNumber().describe('α of Beta(α, α)'),
    })
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

/** @throws UsageError where images would be moved by more than their size */
export function requireInSight(
  { cropPadding, translatePixels, elastic }: Augmentation,
  { height, width }: ImageDataset,
): void {
  const moves = { cropPadding, translatePixels, 'elastic.pixels': elastic.pixels };
  for (const [key, by] of Object.entries(moves)) {
    if (by <= Math.max(height, width)) continue;
    throw new UsageError(
      `augmentation.${key}: ${by} pixels move images of ${height}×${width} out of sight; give ${Math.max(height, width)} or less`,
    );
  }
}
