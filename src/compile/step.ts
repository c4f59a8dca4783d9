/**
 * A step: what is compiled, or run as it stands.
 *
 * It is a pure function of tensors. It may read and assign `tf.Variable`s, but it never reads
 * a value back (`data`, `dataSync`): images, labels, learning rates and decays all come in as
 * tensors. That rule is what lets the same step run eagerly on any TensorFlow.js backend, or be
 * traced and compiled. Random operations draw anew at every call, from a stream of the step's seed
 * where it is compiled; noise that is to be the same on all engines comes in as a tensor as well.
 */
import type { Rank, Tensor } from '@tensorflow/tfjs-core';

/** A tensor in the memory of this process: row-major values with their shape. */
export type HostTensor =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly values: Float32Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly values: Int32Array };

/**
 * What goes into a step: a host tensor; bytes, which are an int32 tensor inside of the step; or truth
 * values, 0 and 1.
 */
export type StepInput =
  | HostTensor
  | { readonly dtype: 'uint8'; readonly shape: readonly number[]; readonly values: Uint8Array }
  | { readonly dtype: 'bool'; readonly shape: readonly number[]; readonly values: Uint8Array };

/** Named tensors inside a step. */
export type StepTensors = Record<string, Tensor<Rank>>;

/** A pure function of tensors; see the rule at the top of this file. */
export type StepFunction = (inputs: StepTensors) => StepTensors;

/** A step that an engine has taken over: host values in, host values out. */
export interface RunnableStep {
  (inputs: Readonly<Record<string, StepInput>>): Promise<Record<string, HostTensor>>;
  /**
   * Frees what the engine holds for the step, after the runs that were asked for. Variables stay; the
   * step is not called again.
   */
  dispose(): Promise<void>;
}

/** A float32 host tensor. */
export function float32(shape: readonly number[], values: Float32Array): HostTensor {
  return { dtype: 'float32', shape, values };
}

/** An int32 host tensor. */
export function int32(shape: readonly number[], values: Int32Array): HostTensor {
  return { dtype: 'int32', shape, values };
}

/** Bytes for a step, such as pixels; they travel as they are. */
export function uint8(shape: readonly number[], values: Uint8Array): StepInput {
  return { dtype: 'uint8', shape, values };
}

/** A float32 host tensor of rank 0. */
export function scalar(value: number): HostTensor {
  return { dtype: 'float32', shape: [], values: Float32Array.of(value) };
}
