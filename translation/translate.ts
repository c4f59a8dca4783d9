/**
 * Trained generators at work.
 *
 * Axes: N images, H × W image, C channels.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Engine } from '../src/engine/engine.js';
import { createInference } from '../src/inference.js';

/** Images are translated so many at a time; the pictures do not depend on it. */
const batchSize = 32;

/** From images [N, H, W, C] in −1 … 1 to as many, row after row. */
export type Translator = (images: Float32Array) => Promise<Float32Array>;

/** Prepares a generator for an engine. */
export function createTranslator(engine: Engine, generator: LayersModel): Translator {
  const shape = generator.inputs[0]!.shape.slice(1) as number[];
  const size = shape.reduce((product, side) => product * side);
  const run = createInference(
    engine,
    ({ images }) => ({ translated: generator.apply(images!) as tf.Tensor }),
    { inputs: { images: shape }, outputs: { translated: size }, batchSize },
  );
  return async (images) => (await run({ images })).translated;
}

/** Both directions. */
export interface Translators {
  readonly aToB: Translator;
  readonly bToA: Translator;
}

/** Bytes as generators take them, in −1 … 1. */
export const fromBytes = (bytes: Uint8Array): Float32Array =>
  Float32Array.from(bytes, (value) => value / 127.5 - 1);
