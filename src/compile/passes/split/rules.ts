/** How operations are taken apart whose operands come in rows, by operator. */
import { productOptions } from '../../graph/forms.js';
import { type Node, numbersOf, splatOf, type Value } from '../../graph/graph.js';
import { binaryOps, type ReduceOp, unaryOps } from '../../graph/ops.js';
import { broadcastShapes, type Shape } from '../../graph/shapes.js';
import type { PartRule, Parts, Rows } from './cut.js';
import { termRules } from './terms.js';

type RowRule = PartRule<Rows>;

/** Sums by their own rules, everything else by rows. */
export const partwise: PartRule = (cutter, node, operands) =>
  areRows(operands)
    ? rowRules[node.op]?.(cutter, node, operands)
    : termRules[node.op]?.(cutter, node, operands);

const areRows = (
  operands: readonly (Parts | undefined)[],
): operands is readonly (Rows | undefined)[] =>
  operands.every((operand) => operand?.kind !== 'term');

const rows = (value: Value, lengths: readonly number[]): readonly Parts[] => [
  { kind: 'rows', value, lengths },
];
const term = (value: Value): readonly Parts[] => [{ kind: 'term', value }];

const alike = (a: Rows, b: Rows): boolean => a.lengths.join() === b.lengths.join();

const total = (lengths: readonly number[]): number =>
  lengths.reduce((sum, length) => sum + length, 0);

/** The node as if its outputs had so many rows. */
function withRows(node: Node, rows: number): Node {
  const outputs = node.outputs.map((output) => ({
    ...output,
    shape: [rows, ...output.shape.slice(1)],
  }));
  return { ...node, outputs };
}

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

const concatenation: RowRule = (cutter, node, operands) => {
  if (node.attributes.axis !== 0) return joinAlongOthers(cutter, node, operands);
  const pieces: Rows[] = [];
  for (const [i, operand] of operands.entries()) {
    const input = node.inputs[i]!;
    const length = input.shape[0]! / cutter.count;
    if (operand === undefined && !Number.isInteger(length)) return undefined;
    pieces.push(operand ?? cutter.cut(input, [length]));
  }
  const joined = cutter.build.concat(
    pieces.map(({ value }) => value),
    0,
  );
  return rows(
    joined,
    pieces.flatMap(({ lengths }) => lengths),
  );
};

/** Along axis 0, where the pieces end where concatenated batches end. */
const splitting: RowRule = ({ build, count }, node, operands) => {
  const [x] = operands as [Rows];
  const wanted = numbersOf(node.inputs[1]!)!;
  const axis = node.attributes.axis as number;
  if (axis !== 0) {
    return build.split(x.value, axis, wanted).flatMap((piece) => rows(piece, x.lengths));
  }
  const queue = [...x.lengths];
  const lists: number[][] = [];
  for (const length of wanted) {
    const list: number[] = [];
    while (count * total(list) < length && queue.length > 0) list.push(queue.shift()!);
    if (count * total(list) !== length) return undefined;
    lists.push(list);
  }
  return build.split(x.value, 0, lists.map(total)).flatMap((piece, i) => rows(piece, lists[i]!));
};

/**
 * Operations that leave the first axis alone.
 * @param leavesRows whether the node does
 * @param rebuild whether its wanted shape, an input, must become that of the part
 */
const alongOthers =
  (
    leavesRows: (node: Node, x: Value, operands: readonly (Rows | undefined)[]) => boolean,
    rebuild = false,
  ): RowRule =>
  ({ build }, node, operands) => {
    const lists = operands.filter((operand) => operand !== undefined);
    const [first] = lists as [Rows];
    if (!lists.every((operand) => alike(operand, first))) return undefined;
    if (!leavesRows(node, node.inputs[0]!, operands)) return undefined;
    const whole = node.inputs[operands.indexOf(first)]!.shape[0]!;
    const lengths = first.lengths.map((length) => (node.outputs[0]!.shape[0]! * length) / whole);
    if (!lengths.every(Number.isInteger)) return undefined;
    const inputs = node.inputs.map((input, i) => operands[i]?.value ?? input);
    const part = withRows(node, total(lengths));
    const outputs = rebuild
      ? build.rebuild(part, inputs)
      : build.node(node.op, inputs, part.outputs, node.attributes, node.domain);
    return outputs.flatMap((output) => rows(output, lengths));
  };

const joinAlongOthers = alongOthers((_, __, operands) =>
  operands.every((operand) => operand !== undefined),
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
  Slice: alongOthers(({ inputs }) => !numbersOf(inputs[3]!)!.includes(0)),
  Pad: alongOthers(({ inputs }, { shape }) => {
    const pads = numbersOf(inputs[1]!)!;
    return pads[0] === 0 && pads[shape.length] === 0;
  }),
};
