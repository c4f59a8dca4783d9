/**
 * What a trace took for granted beside the types and shapes of its inputs.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { isAlive } from './engine-state.js';
import { type Optimiser, settingsOf } from './optimisers.js';

/**
 * Whether what was traced is what the step would do now: `changed` may be undone, what is `gone` is
 * gone for good.
 */
export type Standing = 'holds' | 'changed' | 'gone';

/**
 * Takes down how things are now: which variables are trainable, and that tensors from outside and
 * variables that are read are there, and how stock optimisers are set. To ask again takes some nanoseconds for each of them.
 *
 * @param variables those that the step reads or assigns
 * @param reads those that it reads
 * @param captured data from outside that is a constant of the graph
 * @param optimisers those that make steps
 */
export function conditionsOf(
  variables: readonly tf.Variable[],
  reads: readonly tf.Variable[],
  captured: readonly object[],
  optimisers: readonly Optimiser[],
): () => Standing {
  const trainable = variables.map((variable) => variable.trainable);
  // A step may dispose of what it read.
  const there = captured.filter(isAlive);
  const read = reads.filter(({ isDisposed }) => !isDisposed);
  const settings = [...new Set(optimisers)].map(settingsOf);
  return () => {
    for (const variable of read) if (variable.isDisposed) return 'gone';
    for (const dataId of there) if (!isAlive(dataId)) return 'gone';
    for (let i = 0; i < trainable.length; i++) {
      if (variables[i]!.trainable !== trainable[i]) return 'changed';
    }
    for (const areAsTheyWere of settings) if (!areAsTheyWere()) return 'changed';
    return 'holds';
  };
}
