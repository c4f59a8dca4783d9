/**
 * Features of images for comparing sets of them, as real pictures with a generator's: what a
 * classifier's last layer sees.
 *
 * Axes: N images, B batch, H × W image, C channels, D features, K classes.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { StepFunction } from '../src/compile/step.js';
import type { Engine } from '../src/engine/engine.js';
import { createInference } from '../src/inference.js';
import type { Extract } from '../src/scores/features.js';

/** The number of a classifier's features, D. */
export function featureDim(model: tfl.LayersModel): number {
  return headInput(model).shape.at(-1)!;
}

/** Input: `images` [B, H, W, C]. Outputs: `features` [B, D], `probabilities` [B, K]. */
export function featureStep(model: tfl.LayersModel): StepFunction {
  const both = tfl.model({ inputs: model.inputs, outputs: [headInput(model), model.outputs[0]!] });
  return ({ images }) => {
    const [features, logits] = both.apply(images!) as [tf.Tensor, tf.Tensor];
    return { features, probabilities: tf.softmax(logits) };
  };
}

/**
 * @param model a classifier of images whose pixels are in 0 … 255; it must live as long as the
 *   extractor is used
 */
export function createFeatureExtractor(engine: Engine, model: tfl.LayersModel): Extract {
  const dim = featureDim(model);
  const look = createInference(engine, featureStep(model), {
    inputs: { images: model.inputs[0]!.shape.slice(1) as number[] },
    outputs: { features: dim, probabilities: model.outputs[0]!.shape.at(-1)! },
  });
  return async (images) => {
    // A step is compiled for bytes or for numbers, and numbers can be either.
    const numbers = images instanceof Float32Array ? images : new Float32Array(images);
    const { features, probabilities } = await look({ images: numbers });
    return { features: { values: features, count: features.length / dim, dim }, probabilities };
  };
}

/** What goes into the layer that makes the logits. */
const headInput = (model: tfl.LayersModel): tfl.SymbolicTensor =>
  model.outputs[0]!.sourceLayer.input as tfl.SymbolicTensor;
