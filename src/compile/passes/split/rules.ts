/** How operations are taken apart whose operands come in rows, by operator. */
import { productOptions } from '../../graph/forms.js';
import { type Node, numbersOf, splatOf, type Value } from '../../graph/graph.js';
import { binaryOps, type ReduceOp, unaryOps } from '../../graph/ops.js';
import { broadcastShapes, type Shape } from '../../graph/shapes.js';
import type { PartRule, Parts } from './cut.js';
import { termRules } from './terms.js';

/** Sums by their own rules, everything else by rows. */
export const partwise: PartRule = (cutter, node, operands) => {
  const rules = operands.some((operand) => operand?.kind === 'terms') ? termRules : rowRules;
  return rules[node.op]?.(cutter, node, operands);
};

const rows = (parts: readonly Value[]): readonly Parts[] => [{ kind: 'rows', parts }];

/** Rows in one part. */
const lengthsOf = ({ parts }: Parts): number[] => parts.map(({ shape }) => shape[0]!);

const alike = (a: Parts, b: Parts): boolean => lengthsOf(a).join() === lengthsOf(b).join();

/** The node as if its outputs had so many rows. */
function withRows(node: Node, rows: number): Node {
  const outputs = node.outputs.map((output) => ({
    ...output,
    shape: [rows, ...output.shape.slice(1)],
  }));
  return { ...node, outputs };
}

/** Operands in parts must be cut at the same places; whole ones are repeated, or cut as well. */
const elementwise: PartRule = (cutter, node, operands) => {
  const { shape: whole } = node.outputs[0]!;
  const aligned = ({ shape }: { readonly shape: Shape }): boolean =>
    shape.length === whole.length && shape[0] === whole[0] && whole.length > 0;
  const pattern = operands.find((operand, i) => operand !== undefined && aligned(node.inputs[i]!));
  if (pattern === undefined) return undefined;
  const lengths = lengthsOf(pattern);
  const columns: (readonly Value[])[] = [];
  for (const [i, operand] of operands.entries()) {
    const input = node.inputs[i]!;
    if (operand !== undefined) {
      if (!aligned(input) || !alike(operand, pattern)) return undefined;
      columns.push(operand.parts);
      continue;
    }
    const splat = splatOf(input);
    if (splat === undefined && aligned(input)) {
      columns.push(cutter.cut(input, lengths));
    } else {
      const value = splat === undefined ? input : cutter.build.splat(input.dtype, [], splat);
      columns.push(lengths.map(() => value));
    }
  }
  // One number that was repeated may have been all that made the result as wide as it is.
  const width = columns.reduce<Shape>((shape, [part]) => broadcastShapes(shape, part!.shape), []);
  if (width.slice(1).join() !== whole.slice(1).join()) return undefined;
  return rows(
    lengths.map((length, k) => {
      const inputs = columns.map((column) => column[k]!);
      return cutter.build.rebuild(withRows(node, length), inputs)[0]!;
    }),
  );
};

const product: PartRule = (cutter, node, [a, b, bias]) => {
  if (bias !== undefined) return undefined;
  if (a !== undefined && b !== undefined && !alike(a, b)) return undefined;
  const [left, right] = node.inputs as [Value, Value];
  const options = productOptions(node, node.inputs[2]);
  const flat = left.shape.length === 2 && right.shape.length === 2;
  const lengths = lengthsOf((a ?? b)!);
  const multiply = (x: readonly Value[], y: readonly Value[]): Value[] =>
    x.map((part, i) => cutter.build.matMul(part, y[i]!, options));
  // Rows of both are summed over.
  if (flat && options.transA && !options.transB) {
    if (options.bias !== undefined) return undefined;
    const x = a?.parts ?? cutter.cut(left, lengths);
    const y = b?.parts ?? cutter.cut(right, lengths);
    return [{ kind: 'terms', parts: multiply(x, y) }];
  }
  if (a !== undefined && b !== undefined) {
    const batched = !flat && left.shape.length === right.shape.length;
    return batched ? rows(multiply(a.parts, b.parts)) : undefined;
  }
  const whole = (value: Value): Value[] => lengths.map(() => value);
  if (a !== undefined) {
    const rowsStay = flat ? !options.transA : left.shape.length > right.shape.length;
    return rowsStay ? rows(multiply(a.parts, whole(right))) : undefined;
  }
  const rowsStay = right.shape.length > left.shape.length;
  return rowsStay ? rows(multiply(whole(left), b!.parts)) : undefined;
};

const reduction: PartRule = ({ build }, node, [x]) => {
  const axes = numbersOf(node.inputs[1]!)!;
  const keepDims = node.attributes.keepdims === 1;
  const reduce = (op: string): Value[] =>
    x!.parts.map((part) => build.reduce(op as ReduceOp, part, axes, keepDims));
  if (!axes.includes(0)) return rows(reduce(node.op));
  if (node.op === 'ReduceSum') return [{ kind: 'terms', parts: reduce('ReduceSum') }];
  if (node.op !== 'ReduceMean') return undefined;
  const { shape } = node.inputs[0]!;
  const count = axes.reduce((size, axis) => size * shape[axis]!, 1);
  return [{ kind: 'terms', parts: reduce('ReduceSum').map((sum) => build.scale(sum, 1 / count)) }];
};

const concatenation: PartRule = (cutter, node, operands) => {
  if (node.attributes.axis !== 0) return joinAlongOthers(cutter, node, operands);
  const parts: Value[] = [];
  for (const [i, operand] of operands.entries()) {
    const input = node.inputs[i]!;
    const length = input.shape[0]! / cutter.count;
    if (operand === undefined && !Number.isInteger(length)) return undefined;
    parts.push(...(operand?.parts ?? cutter.cut(input, [length])));
  }
  return rows(parts);
};

/** Along axis 0, where the pieces end where concatenated batches end. */
const splitting: PartRule = ({ build, count }, node, [x]) => {
  const lengths = numbersOf(node.inputs[1]!)!;
  const axis = node.attributes.axis as number;
  if (axis !== 0) {
    const pieces = x!.parts.map((part) => build.split(part, axis, lengths));
    return lengths.flatMap((_, i) => rows(pieces.map((list) => list[i]!)));
  }
  const queue = [...x!.parts];
  const results: Parts[] = [];
  for (const length of lengths) {
    const parts: Value[] = [];
    let taken = 0;
    while (taken < length && queue.length > 0) {
      taken += count * queue[0]!.shape[0]!;
      parts.push(queue.shift()!);
    }
    if (taken !== length) return undefined;
    results.push(...rows(parts));
  }
  return results;
};

/**
 * Operations that leave the first axis alone.
 * @param leavesRows whether the node does
 * @param rebuild whether its wanted shape, an input, must become that of the part
 */
const alongOthers =
  (
    leavesRows: (node: Node, x: Value, operands: readonly (Parts | undefined)[]) => boolean,
    rebuild = false,
  ): PartRule =>
  ({ build }, node, operands) => {
    const lists = operands.filter((operand) => operand !== undefined);
    const [first] = lists as [Parts];
    if (!lists.every((operand) => alike(operand, first))) return undefined;
    if (!leavesRows(node, node.inputs[0]!, operands)) return undefined;
    const whole = node.inputs[operands.indexOf(first)]!.shape[0]!;
    const outputs: (readonly Value[])[] = [];
    for (const [k, length] of lengthsOf(first).entries()) {
      const inputs = node.inputs.map((input, i) => operands[i]?.parts[k] ?? input);
      const partRows = (node.outputs[0]!.shape[0]! * length) / whole;
      if (!Number.isInteger(partRows)) return undefined;
      const part = withRows(node, partRows);
      outputs.push(
        rebuild
          ? build.rebuild(part, inputs)
          : build.node(node.op, inputs, part.outputs, node.attributes, node.domain),
      );
    }
    return node.outputs.flatMap((_, i) => rows(outputs.map((list) => list[i]!)));
  };

const joinAlongOthers = alongOthers((_, __, operands) =>
  operands.every((operand) => operand !== undefined),
);

const softmax = alongOthers(({ attributes }, { shape }) => {
  const axis = attributes.axis as number;
  return (axis + shape.length) % shape.length !== 0;
});

const each = (ops: readonly string[], rule: PartRule): Record<string, PartRule> =>
  Object.fromEntries(ops.map((op) => [op, rule]));

const rowRules: Readonly<Record<string, PartRule>> = {
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
