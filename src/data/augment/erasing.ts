/**
 * Random erasing (Zhong et al. 2017, https://arxiv.org/abs/1708.04896): a rectangle of an image
 * is blotted out, so that no single part decides.
 */
import type { RandomStream } from '../../random.js';
import { type BatchShape, imageSizeOf, requireProbability } from './batch-shape.js';

export interface ErasingOptions {
  /** That an image loses a rectangle. */
  readonly probability: number;
  /** The rectangle's share of the image is uniform between these; 0 < minArea ≤ maxArea < 1. */
  readonly minArea: number;
  readonly maxArea: number;
}

/** Height over width is log-uniform between 1 / this and this, the paper's 0.3 and 3.3. */
const maxAspect = 1 / 0.3;

/** Rectangles drawn for an image before it is let off, because none of them fitted. */
const attempts = 10;

/**
 * @param pixels [B, H, W, C]
 * @param colour what the rectangle is filled with, [C]
 * @returns a new array; `pixels` is left as it is
 * @throws RangeError where the shape is not that of the pixels, or an option is out of range
 */
export function randomErasing(
  pixels: Uint8Array,
  shape: BatchShape,
  random: RandomStream,
  { probability, minArea, maxArea }: ErasingOptions,
  colour: readonly number[],
): Uint8Array {
  const [, height, width, channels] = shape;
  const size = imageSizeOf(pixels, shape);
  requireProbability(probability);
  if (!(minArea > 0 && minArea <= maxArea && maxArea < 1)) {
    throw new RangeError(
      `the area of an erasing lies between 0 and 1, not from ${minArea} to ${maxArea}`,
    );
  }
  const out = pixels.slice();
  for (let start = 0; start < pixels.length; start += size) {
    if (random.uniform() >= probability) continue;
    const box = drawBox(random, height, width, { minArea, maxArea });
    if (box === undefined) continue;
    for (let y = box.top; y < box.top + box.height; y++) {
      const from = start + (y * width + box.left) * channels;
      for (let i = 0; i < box.width * channels; i++) out[from + i] = colour[i % channels]!;
    }
  }
  return out;
}

interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

function drawBox(
  random: RandomStream,
  height: number,
  width: number,
  { minArea, maxArea }: Pick<ErasingOptions, 'minArea' | 'maxArea'>,
): Box | undefined {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = height * width * random.uniform(minArea, maxArea);
    const aspect = Math.exp(random.uniform(-1, 1) * Math.log(maxAspect));
    const box = {
      height: Math.max(1, Math.round(Math.sqrt(area * aspect))),
      width: Math.max(1, Math.round(Math.sqrt(area / aspect))),
    };
    if (box.height >= height || box.width >= width) continue;
    const top = random.integer(height - box.height + 1);
    return { ...box, top, left: random.integer(width - box.width + 1) };
  }
  return undefined;
}
