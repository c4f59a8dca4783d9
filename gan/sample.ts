import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Engine, float32 } from '../src/engine/engine.js';
import type { RandomStream } from '../src/random.js';

/** Latents are drawn and pictures made so many at a time; the pictures do not depend on it. */
const batchSize = 64;

/** Makes images from latents. */
export type Sampler = (latents: Float32Array) => Promise<Float32Array>;

/**
 * @param generator from latents [B, Z] to images [B, H, W, C]
 * @returns a function from N latents [N, Z], row after row, to N images [N, H, W, C] in −1 … 1
 */
export function createSampler(engine: Engine, generator: LayersModel): Sampler {
  const step = engine.compile(({ latents }) => ({ images: generator.apply(latents!) as Tensor }));
  const latentDim = generator.inputs[0]!.shape[1]!;
  const imageSize = (generator.outputs[0]!.shape.slice(1) as number[]).reduce((a, b) => a * b);
  return async (latents) => {
    const count = latents.length / latentDim;
    const images = new Float32Array(count * imageSize);
    for (let first = 0; first < count; first += batchSize) {
      const rows = latents.subarray(first * latentDim, (first + batchSize) * latentDim);
      const batch = float32([rows.length / latentDim, latentDim], rows);
      images.set((await step({ latents: batch })).images!.values, first * imageSize);
    }
    return images;
  };
}

/** `count` standard normal latents [count, Z]; fewer are the first rows of more. */
export function drawLatents(random: RandomStream, count: number, latentDim: number): Float32Array {
  return random.normals(count * latentDim);
}
