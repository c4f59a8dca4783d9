/** [B, H, W, C] of a batch of images that an augmentation takes. */
export type BatchShape = readonly [batch: number, height: number, width: number, channels: number];

/**
 * The number of values of one image, H·W·C.
 * @throws RangeError where the shape is not that of the batch
 */
export function imageSizeOf(pixels: ArrayLike<number>, shape: BatchShape): number {
  const [batch, height, width, channels] = shape;
  const size = height * width * channels;
  if (pixels.length !== batch * size) {
    throw new RangeError(`${pixels.length} pixels do not have the shape ${shape.join('×')}`);
  }
  return size;
}

/** @throws RangeError where `value` is no probability */
export function requireProbability(value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`a probability lies from 0 to 1, not at ${value}`);
  }
}
