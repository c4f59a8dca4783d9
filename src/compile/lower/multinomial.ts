/** Samples of categories, from uniform numbers that the trace supplies. */
import type { Value } from '../graph/graph.js';
import type { Lowering, LoweringTable } from './lowering.js';
import { reduction } from './reduction.js';

/**
 * The first category at which the probabilities so far exceed a number of [0, 1); the last one when
 * none before it does. Every row has numbers of its own, or all have the same.
 */
const multinomial: Lowering = ({ inputs, attrs, build }) => {
  const { logits, chances } = inputs;
  const [rows, categories] = logits!.shape as [number, number];
  const samples = attrs.numSamples as number;
  if (categories === 1) return build.splat('int32', [rows, samples], 0);
  const probabilities = attrs.normalized
    ? logits!
    : (reduction.Softmax!({ inputs: { logits: logits! }, attrs: { dim: -1 }, build }) as Value);
  const sums = build.op('CumSum', [probabilities, build.splat('int64', [], 1)], probabilities);
  const before = build.slice(sums, [0, 0], [rows, categories - 1]);
  const reached = build.compare(
    'Less',
    build.reshape(chances!, [chances!.shape[0]!, samples, 1]),
    build.reshape(before, [rows, 1, categories - 1]),
  );
  // ArgMax tells the first of those that are equally large, and the last category always is.
  const found = build.concat(
    [build.cast(reached, 'float32'), build.splat('float32', [rows, samples, 1], 1)],
    2,
  );
  const first = build.op(
    'ArgMax',
    [found],
    { dtype: 'int64', shape: [rows, samples] },
    { axis: 2, keepdims: 0 },
  );
  return build.cast(first, 'int32');
};

export const sampling: LoweringTable = { Multinomial: multinomial };
