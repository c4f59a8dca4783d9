/**
 * An update of a team: each rank takes the gradient of its share of a batch, the shares are added up,
 * and all ranks make the same update of the sum.
 *
 * What travels is one vector, in which everything is multiplied by the weight of the share, so that a
 * sum is all that it needs: the gradient, the reports, the weight itself. Running statistics of layers
 * travel likewise, and all go on with their mean; what a layer normalises by are those of a rank's own
 * share.
 *
 * Axes: P all numbers that an update changes, R reports, Q running statistics.
 */
import * as tf from '@tensorflow/tfjs-core';
import { float32, type HostTensor, type RunnableStep, type StepFunction } from '../compile/step.js';
import { merged } from '../objects.js';
import { eventLoopTurn } from '../turn.js';
import { shareOf, wholeOf } from './share.js';
import type { Team } from './team.js';
import type { RunnableUpdate, Update } from './update-halves.js';

/** @param batches how many shares of a rank make one update */
export function compileTeamUpdate(
  engine: { compile(step: StepFunction): RunnableStep },
  update: Update,
  team: Team,
  batches: number,
): RunnableUpdate {
  const { pack, unpack } = packing(update);
  const [first, second] = [engine.compile(pack), engine.compile(unpack)];
  return async (batch, rates) => {
    let sum: HostTensor | undefined;
    let statistics: HostTensor | undefined;
    let rows: Record<string, HostTensor> = {};
    let batchSize = 0;
    for (let i = 0; i < batches; i++) {
      const whole = await batch(i);
      [batchSize] = Object.values(whole)[0]!.shape as [number];
      const { packed, ...outputs } = await first(shareOf(whole, batchSize, team));
      sum = withAdded(sum, weighed(packed!));
      // Those after the last batch: a mean with those before it would lag behind.
      ({ statistics, ...rows } = outputs);
      if (batches > 1) await eventLoopTurn();
    }
    const vector = sum!.values as Float32Array;
    await team.sum(vector);
    if (statistics !== undefined) await team.sum(weighed(statistics).values as Float32Array);
    const told = await second(merged({ packed: sum! }, statistics ? { statistics } : {}, rates));
    for (const [name, { shape, values }] of Object.entries(rows)) {
      const all = await wholeOf(values as Float32Array, batchSize, team);
      rows[name] = float32([batchSize, ...shape.slice(1)], all);
    }
    return merged(told, rows);
  };
}

/** The mean over a share in which nothing counts is 0/0, and what it adds to a sum is 0. */
function weighed(packed: HostTensor): HostTensor {
  if (packed.values.at(-1) === 0) packed.values.fill(0);
  return packed;
}

/** The sum may be the memory of one of the two. */
function withAdded(sum: HostTensor | undefined, { shape, values }: HostTensor): HostTensor {
  if (sum === undefined) return float32(shape, Float32Array.from(values));
  for (let i = 0; i < values.length; i++) sum.values[i]! += values[i]!;
  return sum;
}

/**
 * The halves of an update on either side of the sum.
 *
 * `pack`, of the inputs of the first half: `packed` [P + R + 1], and `statistics` [Q + 1] where there
 * are any, each with the weight at its end; and rows, as they are. `unpack`, of both sums and the other inputs of the second
 * half: the reports and what that half gives.
 */
export function packing({ gradient, update, rows = [], statistics = [] }: Update): {
  readonly pack: StepFunction;
  readonly unpack: StepFunction;
} {
  // In the order of the first half, which is traced, or run, before the second.
  let names: readonly string[] = [];
  const pack: StepFunction = (inputs) => {
    const { gradient: vector, weight, ...others } = gradient(inputs);
    const own = Object.fromEntries(rows.map((name) => [name, others[name]!]));
    const reports = Object.fromEntries(Object.entries(others).filter(([name]) => !(name in own)));
    names = Object.keys(reports);
    const flat = (values: readonly tf.Tensor[]): tf.Tensor1D =>
      tf.concat1d(values.map((value) => tf.reshape<tf.Rank.R1>(value, [value.size])));
    const withWeight = (values: readonly tf.Tensor[]): tf.Tensor =>
      tf.concat1d([tf.mul(flat(values), weight!), tf.reshape<tf.Rank.R1>(weight!, [1])]);
    return {
      ...own,
      packed: withWeight([vector!, ...Object.values(reports)]),
      ...(statistics.length > 0 && { statistics: withWeight(statistics) }),
    };
  };
  const unpack: StepFunction = ({ packed, statistics: moved, ...rates }) => {
    const [vector, ...reports] = meansOf(packed!, [
      packed!.size - names.length - 1,
      ...names.map(() => 1),
    ]);
    if (moved !== undefined) {
      const means = meansOf(
        moved,
        statistics.map(({ size }) => size),
      );
      statistics.forEach((variable, i) => {
        variable.assign(tf.reshape(means[i]!, variable.shape));
      });
    }
    const told = names.map((name, i) => [name, tf.reshape(reports[i]!, [])] as const);
    return { ...Object.fromEntries(told), ...update({ ...rates, gradient: vector! }) };
  };
  return { pack, unpack };
}

/** What was summed with weights, parts of some sizes one after the other, over the sum of the weights. */
function meansOf(summed: tf.Tensor, sizes: readonly number[]): tf.Tensor1D[] {
  const parts = tf.split(summed as tf.Tensor1D, [...sizes, 1]);
  const weight = parts.pop()!;
  return parts.map((part) => tf.div<tf.Tensor1D>(part, weight));
}
