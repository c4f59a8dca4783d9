/**
 * Splitting the batch: a step runs on a few images at a time, from the stem to the gradients. What
 * one operation writes is still in the cache when the next one reads it, and parts can run on
 * several cores at once. Weights' gradients are sums over the parts; nothing else changes.
 *
 * One part is built for all: values are followed through the graph as lists of what one part has of
 * them, consecutive rows along the first axis, or terms of a sum. A list is longer than one where
 * batches were concatenated. An operation that does not work part by part, or needs something that
 * only all parts together give, comes after them.
 */
import type { Builder } from '../../graph/builder.js';
import { productOptions, scaleOf } from '../../graph/forms.js';
import {
  type Graph,
  type Node,
  nodesOf,
  numbersOf,
  type PortValue,
  splatOf,
  type Value,
} from '../../graph/graph.js';
import { isBinaryOp, isUnaryOp, type ReduceOp } from '../../graph/ops.js';
import type { Port } from '../../graph/port.js';
import { type Shape, sameShape, sizeOf } from '../../graph/shapes.js';
import { nodeWork, workOf } from '../../graph/work.js';
import type { Piece, SplitGraph } from './split-graph.js';

/** What one part has of a value: rows, from as many places, or terms of a sum over all parts. */
interface Parts {
  readonly kind: 'rows' | 'terms';
  readonly parts: readonly Value[];
  /** Of a sum: what is added once, and not by each part. */
  readonly addend?: Value | undefined;
}

/** A part's largest value has at most about so many elements, 512 KB: a few of them fit into a core's cache. */
const elementsPerPart = 131_072;
/** More parts would spend more on starting operations than the cache saves. */
const mostParts = 8;
/** The results of all parts, which are gradients of all weights mostly, may take so much memory. */
const mostResultBytes = 2 ** 28;
/** What does not depend on the batch is computed with every part when that adds less than this share. */
const cheapShare = 0.02;

/**
 * The graph with its batch, the longest common first axis of inputs, taken apart; `undefined` where
 * that does not pay. In how many parts depends on the graph alone, so that results are the same on
 * any number of cores.
 */
export function splitBatch(graph: Graph, build: Builder): SplitGraph | undefined {
  const batch = batchOf(graph);
  for (const count of candidateCounts(graph, batch)) {
    const split = splitInto(count, graph, build);
    if (count * bytesOf(split.part.outputs) > mostResultBytes) continue;
    const alone = workOf(split.before) + workOf(split.after);
    return alone < count * workOf(split.part) ? split : undefined;
  }
  return undefined;
}

/** Divisors of the batch: one that brings the largest value to the wanted size, and smaller ones. */
function candidateCounts(graph: Graph, batch: number): number[] {
  const largest = nodesOf(graph)
    .flatMap((node) => node.outputs)
    .filter(({ shape }) => shape.length > 1 && shape[0]! % batch === 0)
    .reduce((max, { shape }) => Math.max(max, sizeOf(shape)), 0);
  const wanted = Math.min(mostParts, Math.ceil(largest / elementsPerPart));
  const counts = Array.from({ length: 2 * wanted - 2 }, (_, i) => 2 * wanted - 1 - i);
  const divisors = counts.filter((count) => batch % count === 0);
  return divisors.filter((count, i) => count <= wanted || !(divisors[i + 1]! >= wanted));
}

const bytesOf = (ports: readonly PortValue[]): number =>
  ports.reduce((sum, { value }) => sum + 4 * sizeOf(value.shape), 0);

const batchOf = (graph: Graph): number =>
  graph.inputs.reduce(
    (batch, input) => (isBatchInput(input) ? Math.max(batch, input.value.shape[0]!) : batch),
    1,
  );

/** State is never a batch. */
const isBatchInput = ({ port, value }: PortValue): boolean =>
  port.kind === 'input' && value.shape.length > 1;

/** The graph with every batch input taken apart into `count` parts of the same length. */
export function splitInto(count: number, graph: Graph, build: Builder): SplitGraph {
  const batch = batchOf(graph);
  const cutter = new Cutter(build, count);
  const joiner = new Joiner(build, count);
  const split = new Map<Value, Parts>();
  /** Values that are there only after the parts, as they are then. */
  const late = new Map<Value, Value>();
  for (const input of graph.inputs) {
    const { value } = input;
    if (!isBatchInput(input) || value.shape[0] !== batch) continue;
    split.set(value, { kind: 'rows', parts: cutter.cut(value, [batch / count]) });
  }
  const inputs = new Set(graph.inputs.map(({ value }) => value));
  const wholeOf = (value: Value): Value => {
    const inParts = split.get(value);
    if (inParts === undefined || inputs.has(value)) return late.get(value) ?? value;
    return joiner.join(value, inParts);
  };
  for (const node of nodesOf(graph)) {
    const operands = node.inputs.map((input) => input && split.get(input));
    const anyLate = node.inputs.some((input) => input !== undefined && late.has(input));
    const anySplit = operands.some((operand) => operand !== undefined);
    const inParts =
      anySplit && !anyLate ? partwise({ build, count, cutter }, node, operands) : undefined;
    node.outputs.forEach((output, i) => {
      if (inParts !== undefined) split.set(output, inParts[i]!);
    });
    if (inParts !== undefined || !(anySplit || anyLate)) continue;
    const rebuilt = build.rebuild(
      node,
      node.inputs.map((input) => input && wholeOf(input)),
    );
    node.outputs.forEach((output, i) => {
      late.set(output, rebuilt[i]!);
    });
  }
  const after = graph.outputs.map(({ port, value }) => ({ port, value: wholeOf(value) }));
  return assemble({ count, graph, build, cutter, joiner, after });
}

/** Cuts what is there before the parts. */
class Cutter {
  /** What was cut, and the inputs of the part graph that stand for a part's pieces of it. */
  readonly cuts: { readonly whole: Value; readonly piece: Value; readonly start: number }[] = [];
  readonly #known = new Map<string, readonly Value[]>();

  constructor(
    readonly build: Builder,
    readonly count: number,
  ) {}

  /** A part's pieces, of the given numbers of rows. */
  cut(whole: Value, lengths: readonly number[]): readonly Value[] {
    const key = `${whole.id}:${lengths}`;
    let pieces = this.#known.get(key);
    if (pieces === undefined) {
      let start = 0;
      pieces = lengths.map((rows) => {
        const piece = this.build.input(whole.dtype, [rows, ...whole.shape.slice(1)]);
        this.cuts.push({ whole, piece, start });
        start += this.count * rows;
        return piece;
      });
      this.#known.set(key, pieces);
    }
    return pieces;
  }
}

/** Makes wholes of what the parts leave behind. */
class Joiner {
  /** Results of a part, and the inputs of the graph after that stand for those of all parts. */
  readonly rows = new Map<Value, Value>();
  readonly terms = new Map<Value, readonly Value[]>();
  readonly #known = new Map<Value, Value>();

  constructor(
    readonly build: Builder,
    readonly count: number,
  ) {}

  join(value: Value, parts: Parts): Value {
    let joined = this.#known.get(value);
    if (joined === undefined) {
      joined = parts.kind === 'rows' ? this.#concatenate(parts) : this.#add(parts);
      this.#known.set(value, joined);
    }
    return joined;
  }

  #concatenate({ parts }: Parts): Value {
    const { build, count, rows } = this;
    const wholes = parts.map((part) => {
      const [length, ...others] = part.shape as [number, ...number[]];
      const all = rows.get(part) ?? build.input(part.dtype, [count * length, ...others]);
      rows.set(part, all);
      return all;
    });
    return build.concat(wholes, 0);
  }

  /** In the order of the parts, whichever is there first. */
  #add({ parts, addend }: Parts): Value {
    const { build, count } = this;
    const sum = parts.reduce((sum, part) => build.add(sum, part));
    // Multiples of one sum come from one result.
    const { base: term, factor } = scaleOf(sum) ?? { base: sum, factor: 1 };
    const terms =
      this.terms.get(term) ??
      Array.from({ length: count }, () => build.input(term.dtype, term.shape));
    this.terms.set(term, terms);
    const total = build.scale(
      terms.reduce((x, y) => build.add(x, y)),
      factor,
    );
    return addend === undefined ? total : build.add(total, addend);
  }
}

interface Splitting {
  readonly count: number;
  readonly graph: Graph;
  readonly build: Builder;
  readonly cutter: Cutter;
  readonly joiner: Joiner;
  /** The step's outputs. */
  readonly after: readonly PortValue[];
}

/** The three graphs, and the ports between them. */
function assemble({ count, graph, build, cutter, joiner, after }: Splitting): SplitGraph {
  const sources = new Map(graph.inputs.map(({ port, value }) => [value, port]));
  const early: PortValue[] = [];
  const sourceOf = (value: Value): Port => {
    const known = sources.get(value);
    if (known !== undefined) return known;
    const port = { kind: 'early', index: early.length } as const;
    sources.set(value, port);
    early.push({ port, value });
    return port;
  };
  const pieces = cutter.cuts.map(({ whole, piece, start }, i) => ({
    port: { kind: 'piece', index: i } as const,
    source: sourceOf(whole),
    start,
    rows: piece.shape[0]!,
    sourceRows: whole.shape[0]!,
    value: piece,
  }));
  const partOutputs: PortValue[] = [
    ...Array.from(joiner.rows.keys(), (value, index) => ({
      port: { kind: 'rows', index } as const,
      value,
    })),
    ...Array.from(joiner.terms.keys(), (value, index) => ({
      port: { kind: 'term', index } as const,
      value,
    })),
  ];
  const results: PortValue[] = [
    ...Array.from(joiner.rows.values(), (value, index) => ({
      port: { kind: 'rows', index } as const,
      value,
    })),
    ...Array.from(joiner.terms.values(), (all, index) =>
      all.map((value, part) => ({ port: { kind: 'share', index, part } as const, value })),
    ).flat(),
  ];
  for (const value of dearWithoutBatch(partOutputs, cutter)) sourceOf(value);

  const replaced = new Map(
    early.map(({ value }) => [value, build.input(value.dtype, value.shape)]),
  );
  const inputs = [
    ...graph.inputs,
    ...early.map(({ port, value }) => ({ port, value: replaced.get(value)! })),
  ];
  const part = withPorts({ inputs: [...inputs, ...pieces], outputs: partOutputs }, replaced, build);
  const read = new Set(part.inputs.map(({ port }) => port));
  return {
    count,
    inputs: graph.inputs,
    before: withPorts({ inputs: graph.inputs, outputs: early }, new Map(), build),
    part,
    pieces: pieces.filter(({ port }) => read.has(port)).map(({ value, ...piece }): Piece => piece),
    after: withPorts({ inputs: [...inputs, ...results], outputs: after }, replaced, build),
  };
}

/** What the parts read that does not depend on the batch, unless it is as well computed each time. */
function dearWithoutBatch(outputs: readonly PortValue[], cutter: Cutter): readonly Value[] {
  const ofBatch = new Set(cutter.cuts.map(({ piece }) => piece));
  const read = new Set<Value>();
  let work = 0;
  let workWithout = 0;
  for (const node of nodesOf({ outputs })) {
    work += nodeWork(node);
    if (node.inputs.some((input) => input !== undefined && ofBatch.has(input))) {
      for (const output of node.outputs) ofBatch.add(output);
      for (const input of node.inputs) {
        if (input?.producer !== undefined && !ofBatch.has(input)) read.add(input);
      }
    } else {
      workWithout += nodeWork(node);
    }
  }
  return workWithout > cheapShare * work ? [...read] : [];
}

/** The graph with values replaced by inputs, and without inputs that it does not read. */
function withPorts(graph: Graph, replaced: ReadonlyMap<Value, Value>, build: Builder): Graph {
  const now = new Map(replaced);
  const current = (value: Value): Value => now.get(value) ?? value;
  for (const node of nodesOf(graph)) {
    if (node.inputs.every((input) => input === undefined || current(input) === input)) continue;
    const outputs = build.node(
      node.op,
      node.inputs.map((input) => input && current(input)),
      node.outputs,
      node.attributes,
      node.domain,
    );
    node.outputs.forEach((output, i) => {
      if (!now.has(output)) now.set(output, outputs[i]!);
    });
  }
  const outputs = graph.outputs.map(({ port, value }) => ({ port, value: current(value) }));
  const read = new Set(outputs.map(({ value }) => value));
  for (const node of nodesOf({ outputs })) {
    for (const input of node.inputs) if (input !== undefined) read.add(input);
  }
  return { inputs: graph.inputs.filter(({ value }) => read.has(value)), outputs };
}

/** What an operation is taken apart with. */
interface Context {
  readonly build: Builder;
  readonly count: number;
  readonly cutter: Cutter;
}

/** One part of each output of a node, or `undefined` when it needs an operand whole. */
function partwise(
  context: Context,
  node: Node,
  operands: readonly (Parts | undefined)[],
): readonly Parts[] | undefined {
  const { build } = context;
  const terms = termwise(build, node, operands);
  if (terms !== undefined) return terms;
  if (operands.some((operand) => operand?.kind === 'terms')) return undefined;
  if (isElementwise(node)) return elementwise(context, node, operands);
  switch (node.op) {
    case 'MatMul':
    case 'Gemm':
    case 'FusedMatMul':
      return product(context, node, operands);
    case 'ReduceSum':
    case 'ReduceMean':
    case 'ReduceMax':
    case 'ReduceMin':
      return reduction(build, node, operands[0]!);
    case 'Concat':
      return concatenation(context, node, operands);
    case 'Split':
      return splitting(context, node, operands[0]!);
    default:
      return alongOtherAxes(build, node, operands);
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
): readonly Parts[] | undefined {
  const mapTerms = ({ parts, addend }: Parts, f: (term: Value) => Value): readonly Parts[] => [
    { kind: 'terms', parts: parts.map(f), addend: addend && f(addend) },
  ];
  const [first] = operands;
  switch (node.op) {
    case 'Concat':
      return termwiseConcat(build, node, operands);
    case 'Add':
    case 'Sub':
      return termwiseSum(build, node, operands);
    case 'Mul': {
      const scaled = scaleOf(node.outputs[0]!);
      const operand = operands.find((candidate) => candidate?.kind === 'terms');
      if (scaled === undefined || operand === undefined) return undefined;
      return mapTerms(operand, (term) => build.scale(term, scaled.factor));
    }
    case 'Neg':
    case 'Reshape':
    case 'Transpose':
    case 'ReduceSum':
      if (first?.kind !== 'terms') return undefined;
      return mapTerms(first, (term) => build.rebuild(node, [term, ...node.inputs.slice(1)])[0]!);
    default:
      return undefined;
  }
}

/** Sums of as many terms, one after the other; as gradients of all weights are for an optimiser. */
function termwiseConcat(
  build: Builder,
  node: Node,
  operands: readonly (Parts | undefined)[],
): readonly Parts[] | undefined {
  const length = operands[0]?.parts.length;
  const sums = operands.filter((operand): operand is Parts => operand?.kind === 'terms');
  if (sums.length < operands.length || sums.some(({ parts }) => parts.length !== length)) {
    return undefined;
  }
  const axis = node.attributes.axis as number;
  const parts = sums[0]!.parts.map((_, i) =>
    build.concat(
      sums.map((sum) => sum.parts[i]!),
      axis,
    ),
  );
  if (sums.every(({ addend }) => addend === undefined)) return [{ kind: 'terms', parts }];
  const addends = sums.map(
    ({ addend, parts: [term] }) => addend ?? build.splat(term!.dtype, term!.shape, 0),
  );
  return [{ kind: 'terms', parts, addend: build.concat(addends, axis) }];
}

/** Sums of sums; what is no sum is added once, when all terms are there. */
function termwiseSum(
  build: Builder,
  node: Node,
  operands: readonly (Parts | undefined)[],
): readonly Parts[] | undefined {
  const { shape } = node.outputs[0]!;
  const sums: Parts[] = [];
  for (const [i, operand] of operands.entries()) {
    if (operand?.kind === 'rows' || !sameShape(node.inputs[i]!.shape, shape)) return undefined;
    sums.push(operand ?? { kind: 'terms', parts: [], addend: node.inputs[i]! });
  }
  const [a, b] = sums as [Parts, Parts];
  const combine = (x: Value | undefined, y: Value | undefined): Value | undefined => {
    if (y === undefined) return x;
    if (x === undefined) return node.op === 'Sub' ? build.unary('Neg', y) : y;
    return build.binary(node.op as 'Add' | 'Sub', x, y);
  };
  const length = Math.max(a.parts.length, b.parts.length);
  const parts = Array.from({ length }, (_, i) => combine(a.parts[i], b.parts[i])!);
  return [{ kind: 'terms', parts, addend: combine(a.addend, b.addend) }];
}

/** Rows in one part. */
const lengthsOf = ({ parts }: Parts): number[] => parts.map(({ shape }) => shape[0]!);

/** Operands in parts must be cut at the same places; whole ones are repeated, or cut as well. */
function elementwise(
  { build, cutter }: Context,
  node: Node,
  operands: readonly (Parts | undefined)[],
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
      columns.push(cutter.cut(node.inputs[i]!, lengths));
    } else {
      const value = splat === undefined ? node.inputs[i]! : build.splat(dtype, [], splat);
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
  { build, cutter }: Context,
  node: Node,
  operands: readonly (Parts | undefined)[],
): readonly Parts[] | undefined {
  const [a, b, bias] = operands;
  if (bias !== undefined) return undefined;
  const [left, right] = node.inputs as [Value, Value];
  const options = productOptions(node, node.inputs[2]);
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
      (operand, i) => operand?.parts ?? cutter.cut(node.inputs[i]!, lengths),
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
    return [{ kind: 'rows', parts: multiply(a.parts, same(right, a)) }];
  }
  if (b !== undefined && right.shape.length > left.shape.length) {
    return [{ kind: 'rows', parts: multiply(same(left, b), b.parts) }];
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
  { build, count, cutter }: Context,
  node: Node,
  operands: readonly (Parts | undefined)[],
): readonly Parts[] | undefined {
  if (node.attributes.axis !== 0) return alongOtherAxes(build, node, operands);
  const parts: Value[] = [];
  for (const [i, operand] of operands.entries()) {
    const input = node.inputs[i]!;
    const rows = input.shape[0]! / count;
    if (operand === undefined && !Number.isInteger(rows)) return undefined;
    parts.push(...(operand?.parts ?? cutter.cut(input, [rows])));
  }
  return [{ kind: 'rows', parts }];
}

/** Along axis 0, where the pieces end where concatenated batches end. */
function splitting({ build, count }: Context, node: Node, x: Parts): readonly Parts[] | undefined {
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
      rows += count * queue[0]!.shape[0]!;
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
      return operands[i]?.parts[k] ?? input;
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
