/**
 * Operators that take or make many values at once. A GPU binds few buffers to a program: WebGPU promises
 * eight (`maxStorageBuffersPerShaderStage`, https://www.w3.org/TR/webgpu/#limits).
 */
import type { Builder } from '../graph/builder.js';
import { type Node, numbersOf, type Value } from '../graph/graph.js';

/** Whether a node binds more buffers than there are. */
export const isWide = ({ op, inputs, outputs }: Node, most: number): boolean =>
  (op === 'Concat' && inputs.length + 1 > most) || (op === 'Split' && outputs.length + 1 > most);

/** The same by nodes that bind no more, without the builder's own simplifications. */
export function inPieces(
  build: Builder,
  node: Node,
  inputs: readonly Value[],
  most: number,
): readonly Value[] {
  const axis = node.attributes.axis as number;
  return node.op === 'Concat'
    ? [joined(build, axis, inputs, most - 1)]
    : cuts(build, axis < 0 ? axis + inputs[0]!.shape.length : axis, inputs[0]!, node);
}

/** Concatenations of concatenations. */
function joined(build: Builder, axis: number, parts: readonly Value[], most: number): Value {
  const [first] = parts as [Value];
  if (parts.length === 1) return first;
  if (parts.length > most) {
    // As few rounds as can be, since each copies all there is.
    const size = Math.max(most ** (Math.ceil(Math.log(parts.length) / Math.log(most)) - 1), 2);
    const groups = Array.from({ length: Math.ceil(parts.length / size) }, (_, i) =>
      joined(build, axis, parts.slice(i * size, (i + 1) * size), most),
    );
    return joined(build, axis, groups, most);
  }
  const at = axis < 0 ? axis + first.shape.length : axis;
  const length = parts.reduce((sum, { shape }) => sum + shape[at]!, 0);
  return build.op(
    'Concat',
    parts,
    { dtype: first.dtype, shape: first.shape.with(at, length) },
    { axis },
  );
}

/** A slice for each part. */
function cuts(build: Builder, axis: number, x: Value, { inputs, outputs }: Node): readonly Value[] {
  const lengths = inputs[1] && numbersOf(inputs[1]);
  let start = 0;
  return outputs.map((output, i) => {
    const end = start + (lengths?.[i] ?? output.shape[axis]!);
    const bounds = [[start], [end], [axis]].map((list) => build.int64s(list));
    start = end;
    return build.op('Slice', [x, ...bounds], output);
  });
}
