/**
 * Splitting the batch: a step runs on a few images at a time, from the stem to the gradients, so
 * that what one operation writes is still in the cache when the next one reads it. Weights'
 * gradients are sums over the parts; nothing else changes.
 *
 * Values are followed through the graph as lists of parts: consecutive rows along the first axis,
 * or terms of a sum. An operation that does not work part by part gets its operands whole.
 */
import {
  type Builder,
  isBinaryOp,
  isUnaryOp,
  productOptions,
  type ReduceOp,
  scaleOf,
} from '../builder.js';
import {
  type Graph,
  type Node,
  nodesOf,
  numbersOf,
  type Shape,
  sameShape,
  sizeOf,
  splatOf,
  type Value,
} from '../graph.js';
import { partAfterPart } from './part-after-part.js';

/** A value in parts: rows to be concatenated along axis 0, or terms to be added. */
interface Parts {
  readonly kind: 'rows' | 'terms';
  readonly parts: readonly Value[];
}

/** A part's largest value should have about so many elements: 2 MB, what a core has of second-level cache. */
const elementsPerPart = 524_288;
/** More parts would spend more on starting operations than the cache saves. */
const mostParts = 8;

/** The graph with its batch inputs, those of the longest common first axis, taken apart. */
export function splitBatch(graph: Graph, build: Builder): Graph {
  const count = chooseParts(graph);
  return count === 1 ? graph : splitInto(count, graph, build);
}

/** A divisor of the batch that brings the largest value of the graph to the wanted size. */
function chooseParts(graph: Graph): number {
  const batch = batchOf(graph);
  const largest = nodesOf(graph)
    .flatMap((node) => node.outputs)
    .filter(({ shape }) => shape.length > 1 && shape[0]! % batch === 0)
    .reduce((max, { shape }) => Math.max(max, sizeOf(shape)), 0);
  const wanted = Math.min(mostParts, Math.ceil(largest / elementsPerPart));
  for (let count = wanted; count < 2 * wanted && count <= batch; count++) {
    if (batch % count === 0) return count;
  }
  return 1;
}

const batchOf = (graph: Graph): number =>
  graph.inputs.reduce(
    (batch, { name, value }) =>
      isBatchInput(name, value) ? Math.max(batch, value.shape[0]!) : batch,
    1,
  );

/** State is never a batch. */
const isBatchInput = (name: string, { shape }: Value): boolean =>
  shape.length > 1 && !name.startsWith('read/');

/** The graph with every batch input taken apart into `count` parts of the same length. */
export function splitInto(count: number, graph: Graph, build: Builder): Graph {
  const batch = batchOf(graph);
  const whole = new Map<Value, Value>();
  const split = new Map<Value, Parts>();
  const starts = Array.from({ length: count }, (): Value[] => []);
  const ends: Value[] = [];
  for (const { name, value } of graph.inputs) {
    if (!isBatchInput(name, value) || value.shape[0] !== batch) continue;
    const parts = cut(build, value, new Array<number>(count).fill(batch / count));
    parts.forEach((part, i) => {
      starts[i]!.push(part);
    });
    split.set(value, { kind: 'rows', parts });
    whole.set(value, value);
  }

  const wholeOf = (value: Value): Value => {
    const known = whole.get(value);
    if (known !== undefined) return known;
    const inParts = split.get(value);
    const joined = inParts === undefined ? value : join(build, inParts);
    whole.set(value, joined);
    return joined;
  };

  for (const node of nodesOf(graph)) {
    const operands = node.inputs.map((input) =>
      input === undefined ? undefined : split.get(input),
    );
    const inParts = operands.some((operand) => operand !== undefined)
      ? partwise(build, node, operands, (i) => wholeOf(node.inputs[i]!))
      : undefined;
    if (inParts !== undefined) {
      node.outputs.forEach((output, i) => {
        split.set(output, inParts[i]!);
      });
      // Gradients of all weights, one after the other: the last that is made of a part.
      if (node.op === 'Concat' && inParts[0]!.kind === 'terms') ends.push(...inParts[0]!.parts);
      continue;
    }
    const inputs = node.inputs.map((input) => input && wholeOf(input));
    const outputs = build.rebuild(node, inputs);
    node.outputs.forEach((output, i) => {
      whole.set(output, outputs[i]!);
    });
  }
  const result: Graph = {
    inputs: graph.inputs,
    outputs: graph.outputs.map(({ name, value }) => ({ name, value: wholeOf(value) })),
  };
  return partAfterPart({ graph: result, starts, ends }, build);
}

function join(build: Builder, { kind, parts }: Parts): Value {
  return kind === 'rows'
    ? build.concat(parts, 0)
    : parts.reduce((sum, part) => build.add(sum, part));
}

/** Consecutive rows of the given lengths. */
function cut(build: Builder, value: Value, lengths: readonly number[]): Value[] {
  let start = 0;
  return lengths.map((length) => {
    const starts = value.shape.map((_, axis) => (axis === 0 ? start : 0));
    start += length;
    const ends = value.shape.map((whole, axis) => (axis === 0 ? start : whole));
    return build.slice(value, starts, ends);
  });
}

/** The outputs of a node in parts, or `undefined` when it needs an operand whole. */
function partwise(
  build: Builder,
  node: Node,
  operands: readonly (Parts | undefined)[],
  wholeOf: (input: number) => Value,
): readonly Parts[] | undefined {
  const terms = termwise(build, node, operands, wholeOf);
  if (terms !== undefined) return terms;
  if (operands.some((operand) => operand?.kind === 'terms')) return undefined;
  if (isElementwise(node)) return elementwise(build, node, operands, wholeOf);
  switch (node.op) {
    case 'MatMul':
    case 'Gemm':
    case 'FusedMatMul':
      return product(build, node, operands, wholeOf);
    case 'ReduceSum':
    case 'ReduceMean':
    case 'ReduceMax':
    case 'ReduceMin':
      return reduction(build, node, operands[0]!);
    case 'Concat':
      return concatenation(build, node, operands, wholeOf);
    case 'Split':
      return splitting(build, node, operands[0]!);
    default:
      return alongOtherAxes(build, node, operands, wholeOf);
  }
}

/** Those that are neither unary nor binary arithmetic. */
const otherElementwiseOps = new Set([
  ...['Where', 'And', 'Or', 'Xor', 'Not', 'Cast', 'Elu', 'Selu'],
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
]);

const isElementwise = ({ op }: Node): boolean =>
  isUnaryOp(op) || isBinaryOp(op) || otherElementwiseOps.has(op);

/** What is linear in a sum is done to its terms. */
function termwise(
  build: Builder,
  node: Node,
  operands: readonly (Parts | undefined)[],
  wholeOf: (input: number) => Value,
): readonly Parts[] | undefined {
  const mapTerms = (parts: readonly Value[], f: (part: Value) => Value): readonly Parts[] => [
    { kind: 'terms', parts: parts.map(f) },
  ];
  const [first] = operands;
  if (node.op === 'Concat') {
    const lists = operands.map((operand) =>
      operand?.kind === 'terms' ? operand.parts : undefined,
    );
    const length = lists[0]?.length;
    if (length === undefined || lists.some((list) => list?.length !== length)) return undefined;
    const axis = node.attributes.axis as number;
    const rows = Array.from({ length }, (_, i) =>
      build.concat(
        lists.map((list) => list![i]!),
        axis,
      ),
    );
    return [{ kind: 'terms', parts: rows }];
  }
  if (node.op === 'Mul') {
    const scaled = scaleOf(node.outputs[0]!);
    const operand = operands.find((candidate) => candidate?.kind === 'terms');
    if (scaled === undefined || operand === undefined) return undefined;
    return mapTerms(operand.parts, (part) => build.scale(part, scaled.factor));
  }
  if (node.op === 'Add' || node.op === 'Sub') return termwiseSum(build, node, operands, wholeOf);
  if (first?.kind !== 'terms') return undefined;
  switch (node.op) {
    case 'Neg':
      return mapTerms(first.parts, (part) => build.unary('Neg', part));
    case 'Reshape':
    case 'Transpose':
    case 'ReduceSum':
      return mapTerms(first.parts, (part) => {
        const others = node.inputs.slice(1).map((_, i) => wholeOf(i + 1));
        return build.rebuild(node, [part, ...others])[0]!;
      });
    default:
      return undefined;
  }
}

/** Sums of sums, term by term; what is no sum goes with the first term. */
function termwiseSum(
  build: Builder,
  node: Node,
  operands: readonly (Parts | undefined)[],
  wholeOf: (input: number) => Value,
): readonly Parts[] | undefined {
  const { shape } = node.outputs[0]!;
  const [a, b] = operands.map((operand, i) => {
    if (operand?.kind === 'rows' || !sameShape(node.inputs[i]!.shape, shape)) return undefined;
    return operand?.parts ?? [wholeOf(i)];
  });
  if (a === undefined || b === undefined || operands.every((x) => x === undefined))
    return undefined;
  const sign = (term: Value): Value => (node.op === 'Sub' ? build.unary('Neg', term) : term);
  const parts = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    const [x, y] = [a[i], b[i]];
    if (x === undefined) return sign(y!);
    if (y === undefined) return x;
    return build.binary(node.op as 'Add' | 'Sub', x, y);
  });
  return [{ kind: 'terms', parts }];
}

const lengthsOf = ({ parts }: Parts): number[] => parts.map(({ shape }) => shape[0]!);

/** Operands in parts must be cut at the same places; whole ones are repeated, or cut as well. */
function elementwise(
  build: Builder,
  node: Node,
  operands: readonly (Parts | undefined)[],
  wholeOf: (input: number) => Value,
): readonly Parts[] | undefined {
  const [output] = node.outputs as [Value];
  const rank = output.shape.length;
  const aligned = (shape: Shape): boolean =>
    shape.length === rank && shape[0] === output.shape[0] && rank > 0;
  const pattern = operands.find(
    (operand, i) => operand !== undefined && aligned(node.inputs[i]!.shape),
  );
  if (pattern === undefined) return undefined;
  const lengths = lengthsOf(pattern);
  const columns: (readonly Value[])[] = [];
  for (const [i, operand] of operands.entries()) {
    const { shape, dtype } = node.inputs[i]!;
    if (operand !== undefined) {
      if (!aligned(shape) || lengthsOf(operand).join() !== lengths.join()) return undefined;
      columns.push(operand.parts);
      continue;
    }
    const splat = splatOf(node.inputs[i]!);
    if (splat === undefined && aligned(shape)) {
      columns.push(cut(build, wholeOf(i), lengths));
    } else {
      const value = splat === undefined ? wholeOf(i) : build.splat(dtype, [], splat);
      columns.push(lengths.map(() => value));
    }
  }
  return [{ kind: 'rows', parts: lengths.map((_, k) => rebuildPart(build, node, columns, k)) }];
}

/** One part of a node whose first output's shape follows from its operands. */
function rebuildPart(
  build: Builder,
  node: Node,
  columns: readonly (readonly Value[])[],
  k: number,
): Value {
  const inputs = columns.map((column) => column[k]!);
  const rows = Math.max(
    ...inputs
      .filter(({ shape }) => shape.length === node.outputs[0]!.shape.length)
      .map(({ shape }) => shape[0]!),
  );
  return build.rebuild(withRows(node, rows), inputs)[0]!;
}

/** The node as if its outputs had so many rows. */
function withRows(node: Node, rows: number): Node {
  const outputs = node.outputs.map((output) => ({
    ...output,
    shape: [rows, ...output.shape.slice(1)],
  }));
  return { ...node, outputs };
}

function product(
  build: Builder,
  node: Node,
  operands: readonly (Parts | undefined)[],
  wholeOf: (input: number) => Value,
): readonly Parts[] | undefined {
  const [a, b, bias] = operands;
  if (bias !== undefined) return undefined;
  const [left, right] = node.inputs as [Value, Value];
  const options = productOptions(node, node.inputs[2] === undefined ? undefined : wholeOf(2));
  const flat = left.shape.length === 2 && right.shape.length === 2;
  const multiply = (x: readonly Value[], y: readonly Value[]): Value[] =>
    x.map((part, i) => build.matMul(part, y[i]!, options));
  const same = (value: Value, parts: Parts): Value[] => parts.parts.map(() => value);
  // Rows of both are summed over.
  if (flat && options.transA === true && options.transB !== true) {
    if (node.inputs[2] !== undefined) return undefined;
    if (a !== undefined && b !== undefined && lengthsOf(a).join() !== lengthsOf(b).join()) {
      return undefined;
    }
    const lengths = lengthsOf(a ?? b!);
    const pieces = [a, b].map(
      (operand, i) => operand?.parts ?? cut(build, wholeOf(i), lengths),
    ) as [readonly Value[], readonly Value[]];
    return [{ kind: 'terms', parts: multiply(...pieces) }];
  }
  if (a !== undefined && b !== undefined) {
    if (lengthsOf(a).join() !== lengthsOf(b).join()) return undefined;
    const batched = !flat && left.shape.length === right.shape.length;
    return batched ? [{ kind: 'rows', parts: multiply(a.parts, b.parts) }] : undefined;
  }
  if (a !== undefined) {
    const rowsStay = flat ? options.transA !== true : left.shape.length > right.shape.length;
    if (!rowsStay || right.shape.length > left.shape.length) return undefined;
    return [{ kind: 'rows', parts: multiply(a.parts, same(wholeOf(1), a)) }];
  }
  if (b !== undefined && right.shape.length > left.shape.length) {
    return [{ kind: 'rows', parts: multiply(same(wholeOf(0), b), b.parts) }];
  }
  return undefined;
}

function reduction(build: Builder, node: Node, x: Parts): readonly Parts[] | undefined {
  const axes = numbersOf(node.inputs[1]!)!;
  const keepDims = node.attributes.keepdims === 1;
  const op = node.op as ReduceOp;
  if (!axes.includes(0)) {
    return [{ kind: 'rows', parts: x.parts.map((part) => build.reduce(op, part, axes, keepDims)) }];
  }
  if (op !== 'ReduceSum' && op !== 'ReduceMean') return undefined;
  const { shape } = node.inputs[0]!;
  const count = axes.reduce((size, axis) => size * shape[axis]!, 1);
  const parts = x.parts.map((part) => {
    const sum = build.reduce('ReduceSum', part, axes, keepDims);
    return op === 'ReduceSum' ? sum : build.scale(sum, 1 / count);
  });
  return [{ kind: 'terms', parts }];
}

function concatenation(
  build: Builder,
  node: Node,
  operands: readonly (Parts | undefined)[],
  wholeOf: (input: number) => Value,
): readonly Parts[] | undefined {
  if (node.attributes.axis !== 0) return alongOtherAxes(build, node, operands, wholeOf);
  const parts = operands.flatMap((operand, i) => operand?.parts ?? [wholeOf(i)]);
  return [{ kind: 'rows', parts }];
}

/** Along axis 0, where the pieces end where parts end. */
function splitting(build: Builder, node: Node, x: Parts): readonly Parts[] | undefined {
  const lengths = numbersOf(node.inputs[1]!)!;
  const axis = node.attributes.axis as number;
  if (axis !== 0) {
    const pieces = x.parts.map((part) => build.split(part, axis, lengths));
    return lengths.map((_, i) => ({ kind: 'rows', parts: pieces.map((list) => list[i]!) }));
  }
  const queue = [...x.parts];
  const results: Parts[] = [];
  for (const length of lengths) {
    const parts: Value[] = [];
    let rows = 0;
    while (rows < length && queue.length > 0) {
      rows += queue[0]!.shape[0]!;
      parts.push(queue.shift()!);
    }
    if (rows !== length) return undefined;
    results.push({ kind: 'rows', parts });
  }
  return results;
}

/** Operations that leave the first axis alone. */
function alongOtherAxes(
  build: Builder,
  node: Node,
  operands: readonly (Parts | undefined)[],
  wholeOf: (input: number) => Value,
): readonly Parts[] | undefined {
  const lists = operands.filter((operand) => operand !== undefined);
  const [first] = lists as [Parts];
  const lengths = lengthsOf(first);
  if (lists.some((operand) => lengthsOf(operand).join() !== lengths.join())) return undefined;
  if (!leavesRowsAlone(node, operands)) return undefined;
  const whole = node.inputs[operands.indexOf(first)]!.shape[0]!;
  const rebuilt = lengths.map((length, k) => {
    const inputs = node.inputs.map((input, i) => {
      if (input === undefined) return undefined;
      return operands[i]?.parts[k] ?? wholeOf(i);
    });
    const rows = (node.outputs[0]!.shape[0]! * length) / whole;
    if (!Number.isInteger(rows)) return undefined;
    const part = withRows(node, rows);
    // The wanted shape is an input of these two, and must be that of the part.
    if (node.op === 'Reshape' || node.op === 'Expand') return build.rebuild(part, inputs);
    return build.node(node.op, inputs, part.outputs, node.attributes, node.domain);
  });
  if (rebuilt.some((outputs) => outputs === undefined)) return undefined;
  return node.outputs.map((_, i) => ({
    kind: 'rows',
    parts: rebuilt.map((outputs) => outputs![i]!),
  }));
}

function leavesRowsAlone(node: Node, operands: readonly (Parts | undefined)[]): boolean {
  const [x] = node.inputs as [Value];
  const [output] = node.outputs as [Value];
  const rank = x.shape.length;
  const onlyFirst = operands.every((operand, i) => (i === 0) === (operand !== undefined));
  switch (node.op) {
    case 'Reshape':
      return output.shape.length > 0 && rank > 0;
    case 'Transpose':
      return (node.attributes.perm as readonly number[])[0] === 0;
    case 'Expand':
      return rank === output.shape.length && x.shape[0] === output.shape[0];
    case 'LayerNormalization':
      return onlyFirst && rank > 1 && node.attributes.axis === -1;
    case 'Softmax':
    case 'LogSoftmax':
      return ((node.attributes.axis as number) + rank) % rank !== 0;
    case 'Slice':
      return !numbersOf(node.inputs[3]!)!.includes(0);
    case 'Pad': {
      const pads = numbersOf(node.inputs[1]!)!;
      return pads[0] === 0 && pads[rank] === 0;
    }
    case 'Concat':
      return operands.every((operand) => operand !== undefined);
    default:
      return false;
  }
}
