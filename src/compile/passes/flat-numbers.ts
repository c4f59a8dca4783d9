/**
 * Operations of a tensor and one number. Where the tensor's last axis has length 1, onnxruntime takes
 * its elements one by one, at ten times the cost: such a tensor is made flat for it.
 */
import type { Builder } from '../graph/builder.js';
import { argumentOf } from '../graph/forms.js';
import type { Node, Value } from '../graph/graph.js';
import { isBinaryOp } from '../graph/ops.js';
import { sizeOf } from '../graph/shapes.js';

/** Of so few elements the changes of shape take longer. */
const few = 1024;

const isNumber = ({ shape }: Value): boolean => sizeOf(shape) === 1;

/** Whether a node is slow for the shape of its tensor. */
export function isThinWithNumber({ op, inputs, outputs: [y] }: Node): boolean {
  if (!isBinaryOp(op) || y!.shape.at(-1) !== 1 || y!.shape.length < 2) return false;
  return sizeOf(y!.shape) >= few && inputs.some((input) => isNumber(input!));
}

/** The same of a flat tensor, as new nodes: without the builder's own simplifications. */
export function onFlat(build: Builder, node: Node, inputs: readonly Value[]): Value {
  const [y] = node.outputs as [Value];
  const size = sizeOf(y.shape);
  const operands = inputs.map((input) => {
    if (isNumber(input)) return input.shape.length === 0 ? input : reshape(build, input, []);
    const source = argumentOf(input, 'Reshape') ?? input;
    return source.shape.length === 1 ? source : reshape(build, source, [size]);
  });
  const flat = build.op(node.op, operands, { dtype: y.dtype, shape: [size] });
  return reshape(build, flat, y.shape);
}

const reshape = (build: Builder, x: Value, shape: readonly number[]): Value =>
  build.op('Reshape', [x, build.int64s(shape)], { dtype: x.dtype, shape });
