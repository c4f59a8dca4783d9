import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A player as it is in training (batch statistics), told labels [B, K] where a step was given any. */
export const apply = (
  model: LayersModel,
  x: tf.Tensor,
  labels?: tf.Tensor | undefined,
): tf.Tensor =>
  model.apply(labels === undefined ? x : [x, labels], { training: true }) as tf.Tensor;
