/** How operations are taken apart whose operands come in rows, by operator. */
import {
  addConvolution,
  type ConvolutionNode,
  convolutionOps,
  windowsIn,
} from '../../graph/convolutions.js';
import { productOptions } from '../../graph/forms.js';
import { numbersOf, splatOf, type Value } from '../../graph/graph.js';
import { binaryOps, type ReduceOp, unaryOps } from '../../graph/ops.js';
import { broadcastShapes, type Shape } from '../../graph/shapes.js';
import { concatenation, padding, slicing, splitting } from './batches.js';
import type { PartRule, Parts, Rows } from './cut.js';
import { alike, alongOthers, type RowRule, rows, total, withRows } from './rows.js';
import { termRules } from './terms.js';

/** Sums by their own rules, everything else by rows. */
export const partwise: PartRule = (cutter, node, operands) =>
  areRows(operands)
    ? rowRules[node.op]?.(cutter, node, operands)
    : termRules[node.op]?.(cutter, node, operands);

const areRows = (
  operands: readonly (Parts | undefined)[],
): operands is readonly (Rows | undefined)[] =>
  operands.every((operand) => operand?.kind !== 'term');

const term = (value: Value): readonly Parts[] => [{ kind: 'term', value }];

/** Operands in parts must be cut at the same places; whole ones are repeated, or cut as well. */
const elementwise: RowRule = (cutter, node, operands) => {
  const { shape: whole } = node.outputs[0]!;
  const aligned = ({ shape }: { readonly shape: Shape }): boolean =>
    shape.length === whole.length && shape[0] === whole[0] && whole.length > 0;
  const pattern = operands.find((operand, i) => operand !== undefined && aligned(node.inputs[i]!));
  if (pattern === undefined) return undefined;
  const { lengths } = pattern;
  const inputs: Value[] = [];
  for (const [i, operand] of operands.entries()) {
    const input = node.inputs[i]!;
    if (operand !== undefined) {
      if (!aligned(input) || !alike(operand, pattern)) return undefined;
      inputs.push(operand.value);
      continue;
    }
    const splat = splatOf(input);
    if (splat === undefined && aligned(input)) {
      inputs.push(cutter.cut(input, lengths).value);
    } else {
      inputs.push(splat === undefined ? input : cutter.build.splat(input.dtype, [], splat));
    }
  }
  // One number that was repeated may have been all that made the result as wide as it is.
  const width = inputs.reduce<Shape>((shape, part) => broadcastShapes(shape, part.shape), []);
  if (width.slice(1).join() !== whole.slice(1).join()) return undefined;
  return rows(cutter.build.rebuild(withRows(node, total(lengths)), inputs)[0]!, lengths);
};

const product: RowRule = (cutter, node, [a, b, bias]) => {
  if (bias !== undefined) return undefined;
  if (a !== undefined && b !== undefined && !alike(a, b)) return undefined;
  const [left, right] = node.inputs as [Value, Value];
  const options = productOptions(node, node.inputs[2]);
  const flat = left.shape.length === 2 && right.shape.length === 2;
  const { lengths } = (a ?? b)!;
  const multiply = (x: Value, y: Value): Value => cutter.build.matMul(x, y, options);
  // Rows of both are summed over.
  if (flat && options.transA && !options.transB) {
    if (options.bias !== undefined) return undefined;
    const x = a ?? cutter.cut(left, lengths);
    const y = b ?? cutter.cut(right, lengths);
    return term(multiply(x.value, y.value));
  }
  if (a !== undefined && b !== undefined) {
    const batched = !flat && left.shape.length === right.shape.length;
    return batched ? rows(multiply(a.value, b.value), lengths) : undefined;
  }
  if (a !== undefined) {
    const rowsStay = flat ? !options.transA : left.shape.length > right.shape.length;
    return rowsStay ? rows(multiply(a.value, right), lengths) : undefined;
  }
  const rowsStay = right.shape.length > left.shape.length;
  return rowsStay ? rows(multiply(left, b!.value), lengths) : undefined;
};

/** Images come in rows, filters are whole; a filter's gradient is a sum over the images. */
const convolution: RowRule = (cutter, node, [a, b]) => {
  const { op } = node as ConvolutionNode;
  const [images, other] = node.inputs as [Value, Value];
  const sums = op === 'FilterGradient';
  if (a === undefined && !sums) return undefined;
  if (b !== undefined && (!sums || (a !== undefined && !alike(a, b)))) return undefined;
  const { lengths } = (a ?? b)!;
  const x = a ?? cutter.cut(images, lengths);
  const y = sums ? (b ?? cutter.cut(other, lengths)).value : other;
  const info = { ...windowsIn(node as ConvolutionNode), batch: total(lengths) };
  const part = addConvolution(cutter.build, op, info, [x.value, y]);
  return sums ? term(part) : rows(part, lengths);
};

const reduction: RowRule = ({ build }, node, [x]) => {
  const axes = numbersOf(node.inputs[1]!)!;
  const keepDims = node.attributes.keepdims === 1;
  const reduce = (op: string): Value => build.reduce(op as ReduceOp, x!.value, axes, keepDims);
  if (!axes.includes(0)) return rows(reduce(node.op), x!.lengths);
  if (node.op === 'ReduceSum') return term(reduce('ReduceSum'));
  if (node.op !== 'ReduceMean') return undefined;
  const { shape } = node.inputs[0]!;
  const count = axes.reduce((size, axis) => size * shape[axis]!, 1);
  return term(build.scale(reduce('ReduceSum'), 1 / count));
};

/** Each image by itself, in blocks or not; another may be added to it. */
const imageByImage = alongOthers(
  ({ inputs }, _, [x, filter, bias, sum]) =>
    x !== undefined &&
    filter === undefined &&
    bias === undefined &&
    (sum === undefined) === (inputs[3] === undefined),
);

const softmax = alongOthers(({ attributes }, { shape }) => {
  const axis = attributes.axis as number;
  return (axis + shape.length) % shape.length !== 0;
});

const each = (ops: readonly string[], rule: RowRule): Record<string, RowRule> =>
  Object.fromEntries(ops.map((op) => [op, rule]));

const rowRules: Readonly<Record<string, RowRule>> = {
  ...each([...unaryOps, ...binaryOps, 'Where', 'And', 'Or', 'Xor', 'Not', 'Cast'], elementwise),
  ...each(
    ['Elu', 'Selu', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
    elementwise,
  ),
  ...each(['MatMul', 'Gemm', 'FusedMatMul'], product),
  ...each(convolutionOps, convolution),
  ...each(['Conv', 'ReorderInput', 'ReorderOutput'], imageByImage),
  ...each(['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'], reduction),
  Concat: concatenation,
  Split: splitting,
  Reshape: alongOthers(({ outputs: [y] }, x) => y!.shape.length > 0 && x.shape.length > 0, true),
  Expand: alongOthers(
    ({ outputs: [y] }, { shape }) => shape.length === y!.shape.length && shape[0] === y!.shape[0],
    true,
  ),
  Transpose: alongOthers(({ attributes }) => (attributes.perm as readonly number[])[0] === 0),
  LayerNormalization: alongOthers(
    ({ attributes }, { shape }, [x, ...others]) =>
      x !== undefined &&
      others.every((operand) => operand === undefined) &&
      shape.length > 1 &&
      attributes.axis === -1,
  ),
  Softmax: softmax,
  LogSoftmax: softmax,
  DFT: alongOthers(({ inputs }) => numbersOf(inputs[2]!)![0] !== 0),
  Slice: slicing,
  Pad: padding,
};
