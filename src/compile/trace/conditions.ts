/**
 * What a trace took for granted beside the types and shapes of its inputs.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Cell } from '../state/cell.js';
import { isAlive } from './engine-state.js';
import { type Optimiser, settingsOf } from './optimisers.js';

/**
 * Whether what was traced is what the step would do now: `changed` may be undone, what is `gone` is
 * gone for good.
 */
export type Standing = 'holds' | 'changed' | 'gone';

export interface Conditions {
  /** Those that the step reads or assigns. */
  readonly variables: readonly tf.Variable[];
  /** Those that it reads. */
  readonly read: readonly tf.Variable[];
  /** Data from outside that is a constant of the graph. */
  readonly captured: readonly object[];
  /** Those that make steps. */
  readonly optimisers: readonly Optimiser[];
  /** Tensors that the step keeps. */
  readonly cells: readonly Cell[];
  /** Whether the cells are still where the step keeps things. */
  isCurrent(): boolean;
}

/**
 * Takes down how things are now: which variables are trainable, how stock optimisers are set, and that
 * variables, tensors from outside and tensors that the step keeps are there. To ask again takes some
 * nanoseconds for each of them.
 */
export function conditionsOf(conditions: Conditions): () => Standing {
  const { variables, cells, isCurrent } = conditions;
  const trainable = variables.map((variable) => variable.trainable);
  // A step may dispose of what it read.
  const captured = conditions.captured.filter(isAlive);
  const read = conditions.read.filter(({ isDisposed }) => !isDisposed);
  const settings = [...new Set(conditions.optimisers)].map(settingsOf);
  return () => {
    for (const variable of read) if (variable.isDisposed) return 'gone';
    for (const dataId of captured) if (!isAlive(dataId)) return 'gone';
    for (const { tensor } of cells) if (tensor.isDisposed) return 'gone';
    if (!isCurrent()) return 'gone';
    for (let i = 0; i < trainable.length; i++) {
      if (variables[i]!.trainable !== trainable[i]) return 'changed';
    }
    for (const areAsTheyWere of settings) if (!areAsTheyWere()) return 'changed';
    return 'holds';
  };
}
