/**
 * An update has two halves: the gradient of a batch, and the step that an optimiser takes along it.
 * One after the other they are one step, which compiles to one graph. Apart, what stands between
 * them is a vector on the host, so that the gradients of several batches, or machines, can be summed.
 *
 * Axes: P all numbers that an update changes, one variable after the other.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { StepFunction, StepTensors } from '../compile/step.js';
import type { Engine } from '../engine/engine.js';
import { merged } from '../objects.js';
import { eventLoopTurn } from '../turn.js';
import { updateAverages } from './ema.js';
import { type GradientOutputs, GradientSum } from './gradient-sum.js';
import { type AllGradients, clipped, concatenated, globalNorm } from './gradients.js';
import type { Player } from './player.js';
import { compileSharedUpdate } from './shared-update.js';
import type { Team } from './team.js';
import { compileTeamUpdate } from './team-update.js';
import type { RunnableUpdate, Update } from './update-halves.js';

export type { RunnableUpdate, Update };

/** What one pass over a batch gives: means over its examples. */
export interface BatchGradient {
  /** Of the player's trainables, in their order. */
  readonly gradients: AllGradients;
  /** How much the means count beside those of another batch: the examples, or their weights' sum. */
  readonly weight: tf.Scalar;
  /** What else is worth telling: means too. */
  readonly reports: Readonly<Record<string, tf.Tensor>>;
}

/**
 * The first half. Outputs: `gradient` [P], `weight` scalar, and the reports. It changes nothing but
 * the running statistics of the layers.
 *
 * @param batchGradient a pure function of the step's inputs
 */
export function gradientStep(batchGradient: (inputs: StepTensors) => BatchGradient): StepFunction {
  return (inputs) => {
    const { gradients, weight, reports } = batchGradient(inputs);
    return { ...reports, gradient: concatenated(gradients), weight };
  };
}

export interface UpdateOptions {
  /** Largest global norm of a gradient; 0, the default, for no limit. */
  readonly clipNorm?: number;
}

/**
 * The second half: the optimiser's step, and that of the moving average.
 *
 * Inputs: `gradient` [P], `learningRate` scalar; `emaDecay` scalar where an average is kept. Output:
 * `gradientNorm`, before clipping.
 */
export function updateStep(
  { variables, trainables, optimiser, average }: Player,
  { clipNorm = 0 }: UpdateOptions = {},
): StepFunction {
  return ({ gradient, learningRate, emaDecay }) => {
    const vector = gradient as tf.Tensor1D;
    const gradientNorm = globalNorm(vector);
    const taken = clipNorm > 0 ? clipped(vector, gradientNorm, clipNorm) : vector;
    optimiser.apply(taken, learningRate!);
    if (average) updateAverages(average.variables, variables, trainables, emaDecay!);
    return { gradientNorm };
  };
}

/**
 * Both halves as one step: inputs those of both but for `gradient`; outputs the reports and
 * `gradientNorm`.
 */
export function wholeStep({ gradient, update, step }: Update): StepFunction {
  if (step !== undefined) return step;
  return (inputs) => {
    const { gradient: vector, weight: _, ...reports } = gradient(inputs);
    return { ...reports, ...update({ ...inputs, gradient: vector! }) };
  };
}

/**
 * Prepares an update for running: as one graph where it takes one batch, and otherwise cut in two,
 * so that memory holds one batch at a time.
 *
 * @param batches how many make one update
 * @param team whose ranks share each batch
 */
export function compileUpdate(
  engine: Pick<Engine, 'compile' | 'compileShared'>,
  halves: Update,
  batches = 1,
  team?: Team,
): RunnableUpdate {
  if (team !== undefined && team.size > 1) {
    const cut = compileTeamUpdate(engine, halves, team, batches);
    // Running statistics are those of each rank's share, and sums of several batches talk once.
    const isCut = batches > 1 || (halves.statistics ?? []).length > 0;
    return isCut ? cut : compileSharedUpdate(engine, wholeStep(halves), team, cut);
  }
  if (batches === 1) {
    const step = engine.compile(wholeStep(halves));
    return async (batch, rates) => {
      const inputs = await batch(0);
      return step(merged(inputs, rates));
    };
  }
  const [first, second] = [engine.compile(halves.gradient), engine.compile(halves.update)];
  return async (batch, rates) => {
    const sum = new GradientSum();
    for (let i = 0; i < batches; i++) {
      sum.add((await first(await batch(i))) as GradientOutputs);
      // Signals are delivered when the event loop turns: a second Ctrl-C ends a step of many batches.
      await eventLoopTurn();
    }
    const { gradient: mean, weight: _, ...reports } = sum.mean();
    const norms = await second({ ...rates, gradient: mean });
    return merged(reports, norms);
  };
}
