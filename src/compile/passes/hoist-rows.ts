import type { Builder } from '../graph/builder.js';
import { type Graph, type Node, numbersOf, type Value } from '../graph/graph.js';
import { isRow } from '../graph/shapes.js';
import { readersOf, rewrite } from './rewrite.js';

/** x = base · row: all rows of x, [..., C], have the factor `row`, [C]. */
interface Factored {
  readonly base: Value;
  readonly row: Value;
}

/**
 * Σ (x · row) over all rows becomes row · Σ x, and Σ (x · row) · y becomes row · Σ x · y, where nothing
 * but such sums reads the product: a pass over all rows less. Batch normalisation's gradient is full of
 * them, and its rows are those of a model: see `isOfModel`.
 */
export function hoistRows(graph: Graph, build: Builder): Graph {
  const isSummed = summedOnly(graph);
  const variables = new Set(
    graph.inputs.flatMap(({ port, value }) => (port.kind === 'state' ? value : [])),
  );
  const factored = new Map<Value, Factored>();
  return rewrite(graph, build, (node, inputs) => {
    const [a, b] = node.inputs as [Value, Value];
    const [x, y] = inputs as [Value, Value];
    if (isSumOfRows(node)) {
      const found = factored.get(a);
      if (found === undefined) return undefined;
      const keepDims = node.attributes.keepdims === 1;
      const sum = build.reduce(node.op as 'ReduceSum', found.base, numbersOf(b)!, keepDims);
      return [build.mul(sum, found.row)];
    }
    const [product] = node.outputs as [Value];
    if (node.op !== 'Mul' || product.dtype !== 'float32' || !isSummed(product)) return undefined;
    const factorOf = (value: Value, current: Value, other: Value): Partial<Factored> =>
      isRowOf(value, other) && isOfModel(value, variables)
        ? { row: build.reshape(current, [current.shape.at(-1)!]) }
        : (factored.get(value) ?? { base: current });
    const factors = [factorOf(a, x, b), factorOf(b, y, a)];
    const rows = factors.flatMap(({ row }) => row ?? []);
    if (rows.length > 0) {
      const base = factors.flatMap(({ base }) => base ?? []).reduce(build.mul);
      factored.set(product, { base, row: rows.reduce(build.mul) });
    }
    return undefined;
  });
}

/** Whether a node is the sum or the mean over all axes but the last. */
const isSumOfRows = ({ op, inputs: [x, axes] }: Node): boolean =>
  (op === 'ReduceSum' || op === 'ReduceMean') &&
  numbersOf(axes!)!.join() === [...x!.shape.keys()].slice(0, -1).join();

/** Whether `row` is one row that is related to each of the many rows of `x` alike. */
const isRowOf = (row: Value, x: Value): boolean =>
  isRow(row.shape) &&
  !isRow(x.shape) &&
  row.shape.length <= x.shape.length &&
  row.shape.at(-1) === x.shape.at(-1);

/**
 * Whether a row is a variable, or made of a deviation, as in batch normalisation. Others stay: without
 * one of 1e−25, the sums of x may be too large for float32.
 */
function isOfModel(row: Value, variables: ReadonlySet<Value>, depth = 4): boolean {
  if (variables.has(row)) return true;
  const { producer } = row;
  if (producer === undefined || depth === 0 || !isRow(row.shape)) return false;
  if (producer.op === 'Sqrt') return true;
  return producer.inputs.some(
    (input) => input !== undefined && isOfModel(input, variables, depth - 1),
  );
}

/** Tells of which values nothing comes but sums over all rows, of them or of products of them. */
function summedOnly(graph: Graph): (value: Value) => boolean {
  const readers = readersOf(graph);
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const known = new Map<Value, boolean>();
  const isSummed = (value: Value): boolean => {
    const cached = known.get(value);
    if (cached !== undefined) return cached;
    const answer =
      !outputs.has(value) &&
      readers(value).every(
        (reader) => isSumOfRows(reader) || (reader.op === 'Mul' && isSummed(reader.outputs[0]!)),
      );
    known.set(value, answer);
    return answer;
  };
  return isSummed;
}
