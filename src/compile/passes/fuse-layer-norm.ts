import type { Builder } from '../graph/builder.js';
import { argumentOf, bothWays } from '../graph/forms.js';
import { type Graph, type Node, nodesOf, splatOf, type Value } from '../graph/graph.js';
import { sameShape } from '../graph/shapes.js';
import { rewrite } from './rewrite.js';

interface Match {
  readonly x: Value;
  readonly gamma: Value;
  readonly beta: Value;
  readonly epsilon: number;
  readonly mean: Value;
  readonly reciprocalDeviation: Value;
  readonly y: Value;
}

/**
 * (x − mean) / √(variance + ε) · γ + β becomes one `LayerNormalization`, whose statistics serve
 * whoever else reads them: the gradient does.
 */
export function fuseLayerNorm(graph: Graph, build: Builder): Graph {
  const matches = nodesOf(graph).flatMap((node) => matchLayerNorm(node) ?? []);
  const byMean = new Map(matches.map((match) => [match.mean, match]));
  const fused = new Map<Value, Value>();
  return rewrite(graph, build, (node, inputs) => {
    const [output] = node.outputs as [Value];
    const match = byMean.get(output);
    if (match !== undefined) {
      const x = inputs[0]!;
      const statistics = { dtype: x.dtype, shape: output.shape };
      const [y, mean, reciprocalDeviation] = build.node(
        'LayerNormalization',
        [x, match.gamma, match.beta],
        [x, statistics, statistics],
        { axis: -1, epsilon: { float: match.epsilon } },
      ) as [Value, Value, Value];
      fused.set(match.y, y);
      fused.set(match.reciprocalDeviation, reciprocalDeviation);
      return [mean];
    }
    const replacement = fused.get(output);
    return replacement && [replacement];
  });
}

/** y = Add(Mul(Mul(centred, r), γ), β) */
function matchLayerNorm(node: Node): Match | undefined {
  if (node.op !== 'Add') return undefined;
  for (const [scaled, beta] of bothWays(node)) {
    if (scaled.producer?.op !== 'Mul') continue;
    for (const [normalised, gamma] of bothWays(scaled.producer)) {
      if (normalised.producer?.op !== 'Mul') continue;
      for (const [centred, reciprocalDeviation] of bothWays(normalised.producer)) {
        const statistics = matchStatistics(centred, reciprocalDeviation);
        const channels = centred.shape.at(-1)!;
        const vectors = [gamma, beta].every(
          // They must be there before the statistics are.
          (vector) => vector.producer === undefined && sameShape(vector.shape, [channels]),
        );
        if (statistics === undefined || !vectors) continue;
        return { ...statistics, gamma, beta, reciprocalDeviation, y: node.outputs[0]! };
      }
    }
  }
  return undefined;
}

/** centred = x − mean(x), r = 1 / √(mean(centred²) + ε), both means over the last axis. */
function matchStatistics(centred: Value, reciprocal: Value) {
  const root = argumentOf(reciprocal, 'Reciprocal');
  const shifted = root && argumentOf(root, 'Sqrt');
  if (centred.producer?.op !== 'Sub' || shifted?.producer?.op !== 'Add') return undefined;
  const [x, mean] = centred.producer.inputs as [Value, Value];
  if (!isLastMean(mean, x)) return undefined;
  for (const [variance, constant] of bothWays(shifted.producer)) {
    const epsilon = splatOf(constant);
    const squares = variance.producer?.inputs[0]?.producer;
    const squared = squares?.op === 'Mul' && squares.inputs.every((input) => input === centred);
    if (epsilon !== undefined && squared && isLastMean(variance, squares.outputs[0]!)) {
      return { x, mean, epsilon };
    }
  }
  return undefined;
}

function isLastMean(mean: Value, x: Value): boolean {
  if (mean.producer?.op !== 'ReduceMean' || mean.producer.inputs[0] !== x) return false;
  return sameShape(mean.shape, [...x.shape.slice(0, -1), 1]);
}
