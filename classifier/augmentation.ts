import { z } from 'zod';

/** A random small affine map of every training image; all zeros switch it off. */
export const augmentationSchema = z.strictObject({
  /** Rotation by up to so many degrees to either side. */
  rotateDegrees: z.number().min(0).max(180),
  /** Shift by up to so many pixels along each axis. */
  translatePixels: z.number().min(0),
  /** Scale by a factor of 1 − s to 1 + s. */
  scale: z.number().min(0).lt(1),
});

export type Augmentation = z.output<typeof augmentationSchema>;
