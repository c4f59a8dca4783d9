/**
 * One part is built for all: values are followed through the graph as what one part has of them, rows
 * along the first axis, or a term of a sum. An operation that does not work part by part, or needs
 * something that only all parts together give, comes after them.
 */
import type { Builder } from '../../graph/builder.js';
import { type Graph, nodesOf, type PortValue, type Value } from '../../graph/graph.js';
import type { Port } from '../../graph/port.js';
import { nodeWork } from '../../graph/work.js';
import { withPorts } from '../ports.js';
import { Cutter, Joiner, type Parts } from './cut.js';
import { partwise } from './rules.js';
import type { Piece, SplitGraph } from './split-graph.js';

/** What does not depend on the batch is computed with every part when that adds less than this share. */
const cheapShare = 0.02;

/** State is never a batch; what is supplied, such as random numbers, may have a row for each image. */
const isBatchInput = ({ port, value }: PortValue): boolean =>
  (port.kind === 'input' || port.kind === 'supplied') && value.shape.length > 1;

/** The longest first axis of what a step is given; of what it is supplied with when that has none. */
export function batchOf({ inputs }: Graph): number {
  const longest = (kind: Port['kind']): number =>
    inputs
      .filter((input) => input.port.kind === kind && isBatchInput(input))
      .reduce((batch, { value }) => Math.max(batch, value.shape[0]!), 1);
  const given = longest('input');
  return given > 1 ? given : longest('supplied');
}

/** How a graph is taken apart. */
export interface Parting {
  /** How many processes share the parts, each as many; one when absent. */
  readonly processes?: number | undefined;
  /** What is done to each of the three graphs, once they are three. */
  readonly finish?: ((graph: Graph) => Graph) | undefined;
}

/** The graph with every batch input taken apart into `count` parts of the same length. */
export function splitInto(
  count: number,
  graph: Graph,
  build: Builder,
  { processes = 1, finish = (one) => one }: Parting = {},
): SplitGraph {
  const batch = batchOf(graph);
  const cutter = new Cutter(build, count);
  const joiner = new Joiner(build, count, processes);
  const split = new Map<Value, Parts>();
  /** Values that are there only after the parts, as they are then. */
  const late = new Map<Value, Value>();
  for (const input of graph.inputs) {
    const { value } = input;
    if (!isBatchInput(input) || value.shape[0] !== batch) continue;
    split.set(value, cutter.cut(value, [batch / count]));
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
    if (!anyLate && !anySplit) continue;
    build.origin = node.origin;
    const inParts = anyLate ? undefined : partwise(cutter, node, operands);
    inParts?.forEach((parts, i) => {
      split.set(node.outputs[i]!, parts);
    });
    if (inParts !== undefined) continue;
    const rebuilt = build.rebuild(
      node,
      node.inputs.map((input) => input && wholeOf(input)),
    );
    node.outputs.forEach((output, i) => {
      late.set(output, rebuilt[i]!);
    });
  }
  build.origin = undefined;
  const after = graph.outputs.map(({ port, value }) => ({ port, value: wholeOf(value) }));
  return assemble(graph, cutter, joiner, { after, finish });
}

/**
 * The three graphs, and the ports between them.
 * @param after the step's outputs
 */
function assemble(
  graph: Graph,
  cutter: Cutter,
  { rows, terms, build, count, processes }: Joiner,
  { after, finish }: { after: readonly PortValue[]; finish: (graph: Graph) => Graph },
): SplitGraph {
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
  const pieces = cutter.cuts.map(({ whole, piece, start }, index) => ({
    port: { kind: 'piece', index } as const,
    source: sourceOf(whole),
    start,
    rows: piece.shape[0]!,
    sourceRows: whole.shape[0]!,
    value: piece,
  }));
  const numbered = (kind: 'rows' | 'term' | 'total', values: Iterable<Value>): PortValue[] =>
    Array.from(values, (value, index) => ({ port: { kind, index }, value }));
  const { outputs: results } = finish({
    inputs: graph.inputs,
    outputs: [...numbered('rows', rows.keys()), ...numbered('term', terms.keys())],
  });
  const sums = [...terms.values()];
  const shares = sums.flatMap((sum, index) =>
    sum.shares.map((value, part) => ({ port: { kind: 'share', index, part } as const, value })),
  );
  const totals = (what: 'own' | 'total'): PortValue[] =>
    numbered(
      'total',
      sums.map((sum) => sum[what]),
    );
  for (const value of dearWithoutBatch(results, cutter)) sourceOf(value);

  const replaced = new Map(
    early.map(({ value }) => [value, build.input(value.dtype, value.shape)]),
  );
  const inputs = [
    ...graph.inputs,
    ...early.map(({ port, value }) => ({ port, value: replaced.get(value)! })),
  ];
  const added = processes === 1 ? shares : totals('total');
  const joined = [...inputs, ...numbered('rows', rows.values()), ...added];
  const part = withPorts({ inputs: [...inputs, ...pieces], outputs: results }, replaced, build);
  const read = new Set(part.inputs.map(({ port }) => port));
  return {
    count,
    inputs: graph.inputs,
    before: finish(withPorts({ inputs: graph.inputs, outputs: early }, new Map(), build)),
    part,
    pieces: pieces.filter(({ port }) => read.has(port)).map(({ value, ...piece }): Piece => piece),
    after: finish(withPorts({ inputs: joined, outputs: after }, replaced, build)),
    shared:
      processes === 1 ? undefined : { processes, own: { inputs: shares, outputs: totals('own') } },
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
