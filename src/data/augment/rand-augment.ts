/**
 * RandAugment (Cubuk et al. 2019, https://arxiv.org/abs/1909.13719): N operations in a row, each
 * drawn at random, all of one magnitude M.
 */
import type { RandomStream } from '../../random.js';
import { type BatchShape, imageSizeOf } from './batch-shape.js';
import * as operations from './operations.js';

export interface RandAugmentOptions {
  /** N, how many operations in a row. */
  readonly ops: number;
  /** M, 0 … 30. */
  readonly magnitude: number;
}

/** The strongest magnitude. */
export const maxMagnitude = 30;

interface Choice {
  readonly apply: operations.Operation;
  /** What the magnitude as a share of the strongest, 0 … 1, means for images of a size. */
  readonly amount: (share: number, height: number, width: number) => number;
  /** Whether the amount is as often negative. */
  readonly signed: boolean;
}

const signed = (apply: operations.Operation, amount: Choice['amount']): Choice => ({
  apply,
  amount,
  signed: true,
});
const unsigned = (apply: operations.Operation, amount: Choice['amount'] = () => 0): Choice => ({
  apply,
  amount,
  signed: false,
});

/**
 * The fourteen operations, and how strong each is at M = 30; below, in proportion. The ranges are
 * those of the authors of AutoAugment for images of 331 pixels, as torchvision has them.
 */
export const choices = {
  identity: unsigned(operations.identity),
  /** ± 0.3 pixels a row */
  shearX: signed(operations.shearX, (share) => 0.3 * share),
  shearY: signed(operations.shearY, (share) => 0.3 * share),
  /** ± 150/331 of the width */
  translateX: signed(operations.translateX, (share, _, width) => (150 / 331) * width * share),
  translateY: signed(operations.translateY, (share, height) => (150 / 331) * height * share),
  /** ± 30° */
  rotate: signed(operations.rotate, (share) => 30 * share),
  /** × 1 ± 0.9, and the next three */
  brightness: signed(operations.brightness, (share) => 0.9 * share),
  color: signed(operations.color, (share) => 0.9 * share),
  contrast: signed(operations.contrast, (share) => 0.9 * share),
  sharpness: signed(operations.sharpness, (share) => 0.9 * share),
  /** from 8 bits down to 4 */
  posterize: unsigned(operations.posterize, (share) => 8 - Math.round(4 * share)),
  /** values from 255 up, down to all */
  solarize: unsigned(operations.solarize, (share) => 255 * (1 - share)),
  autoContrast: unsigned(operations.autoContrast),
  equalize: unsigned(operations.equalize),
} as const satisfies Record<string, Choice>;

export type OperationName = keyof typeof choices;

export const operationNames = Object.keys(choices) as OperationName[];

/** An operation as it was drawn. */
export interface DrawnOperation {
  readonly name: OperationName;
  /** In the operation's own unit, with its sign. */
  readonly amount: number;
}

/**
 * The operations for one image, with replacement. Two numbers are drawn for each, whatever it is.
 *
 * @throws RangeError where N or M is out of range
 */
export function drawOperations(
  random: RandomStream,
  { ops, magnitude }: RandAugmentOptions,
  height: number,
  width: number,
): DrawnOperation[] {
  if (!Number.isInteger(ops) || ops < 0 || !(magnitude >= 0 && magnitude <= maxMagnitude)) {
    throw new RangeError(
      `RandAugment takes a whole number of operations and a magnitude of 0 to ${maxMagnitude}, not ${ops} and ${magnitude}`,
    );
  }
  return Array.from({ length: ops }, () => {
    const name = operationNames[random.integer(operationNames.length)]!;
    const sign = random.uniform() < 0.5 ? -1 : 1;
    const choice = choices[name];
    const amount = choice.amount(magnitude / maxMagnitude, height, width);
    return { name, amount: choice.signed ? sign * amount : amount };
  });
}

/**
 * @param images bytes [B, H, W, C]
 * @returns a new array; `images` is left as it is
 * @throws RangeError where the shape is not that of the images, or an option is out of range
 */
export function randAugment(
  images: Uint8Array,
  shape: BatchShape,
  random: RandomStream,
  options: RandAugmentOptions,
): Uint8Array {
  const [, height, width, channels] = shape;
  const size = imageSizeOf(images, shape);
  const out = new Uint8Array(images.length);
  for (let start = 0; start < images.length; start += size) {
    let values = images.subarray(start, start + size);
    for (const { name, amount } of drawOperations(random, options, height, width)) {
      values = choices[name].apply({ values, height, width, channels }, amount);
    }
    out.set(values, start);
  }
  return out;
}
