import type * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction, StepInput } from '../compile/step.js';

/** The two halves of a player's update. */
export interface Update {
  readonly gradient: StepFunction;
  readonly update: StepFunction;
  /** Both halves as one step, where that is another than one after the other. */
  readonly step?: StepFunction;
  /** Outputs of the first half that are rows of a batch. */
  readonly rows?: readonly string[];
  /** Running statistics that the first half moves. */
  readonly statistics?: readonly tf.Variable[];
}

type Inputs = Readonly<Record<string, StepInput>>;

/**
 * @param batch the inputs of the gradient of batch i of this update; of a team, all ranks give the same
 * @param rates the other inputs of the second half: `learningRate`, `emaDecay`
 * @returns the reports, means over the update's batches, what the second half gives, and rows where there
 *   are any: of one batch
 */
export type RunnableUpdate = (
  batch: (i: number) => Inputs | Promise<Inputs>,
  rates: Inputs,
) => Promise<Record<string, HostTensor>>;
