/**
 * What TensorFlow.js' engine keeps of its tensors, scopes and tape, as far as tracing has to know it:
 * there is no other way to ask.
 */
import * as tf from '@tensorflow/tfjs-core';

interface EngineState {
  /** Of all data that is there: which backend has it. */
  readonly tensorInfo: WeakMap<object, { backend: tf.KernelBackend }>;
  readonly scopeStack: readonly { readonly name: string }[];
  activeTape: readonly { readonly saved?: readonly tf.Tensor[] }[] | null;
  gradientDepth: number;
  kernelDepth: number;
}

export const engineState = (): EngineState =>
  (tf.engine() as unknown as { readonly state: EngineState }).state;

/** Whether there still is a tensor with the data. */
export const isAlive = (dataId: object): boolean => engineState().tensorInfo.has(dataId);

/** A gradient that throws leaves its tape behind, and everything after it would be recorded too. */
export function abandonTape(): void {
  const state = engineState();
  for (const { saved } of state.activeTape ?? []) tf.dispose([...(saved ?? [])]);
  state.activeTape = null;
  state.gradientDepth = 0;
  state.kernelDepth = 0;
}
