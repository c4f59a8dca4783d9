/**
 * Nodes in ONNX's own operators, for programs other than onnxruntime.
 */
import type { Builder } from '../../compile/graph/builder.js';
import type { Node, Value } from '../../compile/graph/graph.js';
import { EngineError } from '../../errors.js';

/**
 * Adds `node`, with other inputs, to a graph.
 *
 * @returns the outputs
 * @throws EngineError for an operator of onnxruntime that cannot be said otherwise
 */
export function standardNode(
  build: Builder,
  { op, domain, attributes, outputs }: Node,
  inputs: readonly (Value | undefined)[],
): readonly Value[] {
  if (domain === '') return build.node(op, inputs, outputs, attributes);
  if (op === 'FusedMatMul') {
    const [a, b] = inputs as [Value, Value];
    const product = build.op(
      'MatMul',
      [
        attributes.transA === 1 ? lastTwoSwapped(build, a) : a,
        attributes.transB === 1 ? lastTwoSwapped(build, b) : b,
      ],
      outputs[0]!,
    );
    const alpha = (attributes.alpha as { readonly float: number } | undefined)?.float ?? 1;
    return [alpha === 1 ? product : build.op('Mul', [product, build.scalar(alpha)], product)];
  }
  throw new EngineError(
    `the model cannot be exported to ONNX: its ${op} is known to onnxruntime only`,
  );
}

/** Not `build.transpose`, which would make some of these a reshape to fixed lengths. */
function lastTwoSwapped(build: Builder, x: Value): Value {
  const swap = <T>(list: readonly T[]): T[] => [...list.slice(0, -2), ...list.slice(-2).reverse()];
  const { dtype, shape } = x;
  return build.op(
    'Transpose',
    [x],
    { dtype, shape: swap(shape) },
    { perm: swap([...shape.keys()]) },
  );
}
