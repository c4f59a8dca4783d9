/**
 * What a `tf.LayersModel` is made of. TensorFlow.js's types keep these parts to themselves; its
 * training loops find them by these names in all versions of 4.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { CompileError } from '../errors.js';

/** Takes a batch: inputs, then targets, then weights of the rows; `null` where there are none. */
export type BatchFunction = (batch: readonly (tf.Tensor | null)[]) => tf.Tensor[];

export type LossFunction = (target: tf.Tensor, output: tf.Tensor) => tf.Tensor;

type Data = tf.Tensor | readonly (tf.Tensor | null)[];

/** The arguments of a loop after its function and its data. */
type Rest = readonly unknown[];

/** The parts of a model that trains, evaluates and predicts. */
export interface ModelParts {
  readonly name: string;
  readonly inputs: readonly tfl.SymbolicTensor[];
  readonly outputs: readonly tfl.SymbolicTensor[];
  readonly layers: readonly tfl.layers.Layer[];
  readonly optimizer_: tf.Optimizer | undefined;
  readonly lossFunctions: readonly LossFunction[] | undefined;
  readonly metricsTensors: readonly unknown[] | undefined;
  readonly collectedTrainableWeights: readonly unknown[] | undefined;
  makeTrainFunction(): BatchFunction;
  /** Makes `testFunction`. */
  makeTestFunction(): void;
  testFunction: BatchFunction;
  fitLoop(train: BatchFunction, data: Data, ...rest: Rest): Promise<unknown>;
  testLoop(test: BatchFunction, data: Data, batchSize: number, ...rest: Rest): tf.Scalar[];
  predictLoop(data: Data, batchSize?: number, verbose?: boolean): tf.Tensor | tf.Tensor[];
  dispose(): unknown;
}

/** A `tf.Sequential` leaves all that to a model inside, which it makes anew when it is built. */
export interface SequentialParts {
  model: ModelParts | null | undefined;
  build(inputShape?: unknown): void;
  dispose(): unknown;
}

const functions = [
  ...['makeTrainFunction', 'makeTestFunction', 'fitLoop', 'testLoop', 'predictLoop'],
] as const;

/**
 * @returns the model's parts
 * @throws CompileError when it is no `tf.LayersModel`, or one that is made otherwise
 */
export function partsOf(model: unknown): ModelParts {
  const parts = model as ModelParts;
  const missing = functions.filter(
    (name) => typeof (parts as unknown as Record<string, unknown> | null)?.[name] !== 'function',
  );
  if (missing.length === functions.length) {
    throw new CompileError('accelerate takes a tf.LayersModel, as tf.sequential and tf.model make');
  }
  if (missing.length > 0) {
    throw new CompileError(
      `accelerate does not know this version of @tensorflow/tfjs-layers: its models have no ${missing.join(', ')}`,
    );
  }
  return parts;
}

/** The model as a sequential one, if that is what it is. */
export function sequentialParts(model: object): SequentialParts | undefined {
  const { getClassName } = model as { getClassName?: () => string };
  return getClassName?.call(model) === 'Sequential' ? (model as SequentialParts) : undefined;
}
