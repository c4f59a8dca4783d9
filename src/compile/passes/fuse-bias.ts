import type { Builder } from '../graph/builder.js';
import { argumentOf, productOptions } from '../graph/forms.js';
import { countUses, type Graph, type Value } from '../graph/graph.js';
import { isRow, sizeOf } from '../graph/shapes.js';
import { rewrite } from './rewrite.js';

/**
 * A · B + bias, with the sum read by nobody but the addition, becomes one `Gemm` with a bias: one
 * pass over the result instead of two.
 */
export function fuseBias(graph: Graph, build: Builder): Graph {
  const uses = countUses(graph);
  return rewrite(graph, build, (node, inputs) => {
    if (node.op !== 'Add') return undefined;
    for (const [side, other] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const product = onlyProduct(node.inputs[side]!, uses);
      if (product === undefined) continue;
      const shape = node.outputs[0]!.shape;
      const columns = shape.at(-1)!;
      const bias = inputs[other]!;
      if (!isRow(bias.shape) || bias.shape.at(-1) !== columns) continue;
      if (product.shape.at(-1) !== columns || sizeOf(product.shape) !== sizeOf(shape)) {
        continue;
      }
      const gemm = withoutReshape(inputs[side]!).producer;
      if (gemm?.op !== 'Gemm' || gemm.inputs.length !== 2) continue;
      const [a, b] = gemm.inputs as [Value, Value];
      const options = productOptions(gemm, build.reshape(bias, [columns]));
      // A weight's gradient: each part of a batch has a term of it, and what is added is another sum.
      if (options.transA) continue;
      return [build.reshape(build.matMul(a, b, options), shape)];
    }
    return undefined;
  });
}

const withoutReshape = (value: Value): Value => argumentOf(value, 'Reshape') ?? value;

/** The matrix product behind a value, when nothing else reads it. */
function onlyProduct(value: Value, uses: ReadonlyMap<Value, number>): Value | undefined {
  const product = withoutReshape(value);
  if (product.producer?.op !== 'Gemm' || product.producer.inputs.length !== 2) return undefined;
  const readOnce = uses.get(value) === 1 && uses.get(product) === 1;
  return readOnce ? product : undefined;
}
