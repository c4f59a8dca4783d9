/**
 * Leaving the batch size of a graph open.
 *
 * A trace knows its tensors' lengths only as numbers. Two traces of one model, at two batch sizes,
 * are the same graph but for the numbers that follow the batch, and these are made to follow it
 * when the graph runs.
 */
import { Builder } from '../../compile/graph/builder.js';
import {
  type Constant,
  type NamedGraph,
  type Node,
  nodesOf,
  numbersOf,
  type Value,
} from '../../compile/graph/graph.js';
import { sameShape } from '../../compile/graph/shapes.js';
import { legalNode } from '../../compile/passes/legalise.js';
import { targets } from '../../compile/target.js';
import { EngineError } from '../../errors.js';

/** Sizes that are hardly the length of anything else in a model. */
export const batchSizes = [1009, 1013] as const;

/**
 * One graph for all batch sizes from two that are for one each.
 *
 * @param first the graph at `batchSizes[0]`; its first input and its outputs are [B, …]
 * @param second the same at `batchSizes[1]`
 * @param known values of inputs by name; these inputs stay, as constants
 * @returns the graph, in ONNX's own operators; its shapes are those of `first`
 * @throws EngineError where the graphs differ in more than lengths that grow with the batch
 */
export function openBatch(
  first: NamedGraph,
  second: NamedGraph,
  known: ReadonlyMap<string, Constant>,
): NamedGraph {
  const opening = new Opening();
  const inputs = paired(first.inputs, second.inputs).map(([{ name, value }, twin]) => ({
    name,
    value: opening.input(value, twin.value, known.get(name)),
  }));
  for (const [node, twin] of paired(nodesOf(first), nodesOf(second))) opening.node(node, twin);
  const outputs = paired(first.outputs, second.outputs).map(([{ name, value }, twin]) => {
    const [length, ...rest] = value.shape;
    const [twinLength, ...twinRest] = twin.value.shape;
    if (length !== batchSizes[0] || twinLength !== batchSizes[1] || !sameShape(rest, twinRest)) {
      throw bound(`the output ${name}`);
    }
    return { name, value: opening.operand(value, twin.value, `the output ${name}`) };
  });
  return { inputs, outputs };
}

/** Builds the new graph along both old ones; a value's twin is the same value in the second. */
class Opening {
  readonly #build = new Builder();
  readonly #twins = new Map<Value, Value>();
  readonly #opened = new Map<Value, Value>();
  #batched: Value | undefined;

  input(value: Value, twin: Value, known: Constant | undefined): Value {
    const { dtype, shape } = value;
    const opened =
      known === undefined
        ? this.#build.input(dtype, shape)
        : this.#build.constantOf(dtype, shape, known);
    this.#batched ??= opened;
    this.#pair(value, twin, opened);
    return opened;
  }

  node(node: Node, twin: Node): void {
    const { op, domain, inputs, outputs, attributes } = node;
    const same =
      op === twin.op &&
      domain === twin.domain &&
      inputs.length === twin.inputs.length &&
      outputs.length === twin.outputs.length &&
      JSON.stringify(attributes) === JSON.stringify(twin.attributes);
    if (!same) throw bound(op);
    const operands = inputs.map((input, i) => {
      const other = twin.inputs[i];
      if (input === undefined && other === undefined) return undefined;
      if (input === undefined || other === undefined) throw bound(op);
      if (op === 'Reshape' && i === 1) return this.#reshapeTarget(input, other);
      return this.operand(input, other, op);
    });
    const opened = legalNode(this.#build, targets.file, node, operands);
    outputs.forEach((output, i) => {
      this.#pair(output, twin.outputs[i]!, opened[i]!);
    });
  }

  operand(value: Value, twin: Value, reader: string): Value {
    const { constant } = value;
    if (constant === undefined || twin.constant === undefined) {
      const opened = this.#opened.get(value);
      if (opened === undefined || this.#twins.get(value) !== twin) throw bound(reader);
      return opened;
    }
    if (value.dtype !== twin.dtype) throw bound(reader);
    if (sameConstant(constant, twin.constant)) {
      if (sameShape(value.shape, twin.shape)) return this.#copy(value);
      if (!('splat' in constant)) throw bound(reader);
      const one = this.#build.splat(value.dtype, [], constant.splat);
      return this.#build.op('Expand', [one, this.#lengths(value.shape, twin.shape)], value);
    }
    if (value.dtype !== 'int64' || !sameShape(value.shape, twin.shape)) throw bound(reader);
    return this.#lengths(numbersOf(value)!, numbersOf(twin)!);
  }

  /** One length of a new shape may be left to the operator, which keeps the shape a constant. */
  #reshapeTarget(value: Value, twin: Value): Value {
    const [lengths, twinLengths] = [numbersOf(value), numbersOf(twin)];
    if (lengths === undefined || twinLengths === undefined) {
      return this.operand(value, twin, 'Reshape');
    }
    const open = lengths.map((length, i) => (length === twinLengths[i] ? length : -1));
    return open.filter((length) => length === -1).length <= 1
      ? this.#build.int64s(open)
      : this.operand(value, twin, 'Reshape');
  }

  /** Lengths slope · B + rest, computed from the batch size B when the graph runs. */
  #lengths(lengths: readonly number[], twinLengths: readonly number[]): Value {
    const [size, twinSize] = batchSizes;
    const slopes = lengths.map((length, i) => (twinLengths[i]! - length) / (twinSize - size));
    const rests = lengths.map((length, i) => length - slopes[i]! * size);
    if (![...slopes, ...rests].every((number) => Number.isInteger(number) && number >= 0)) {
      throw bound('a shape');
    }
    const vector = { dtype: 'int64', shape: [lengths.length] } as const;
    const batch = this.#build.op(
      'Shape',
      [this.#batched!],
      { dtype: 'int64', shape: [1] },
      { start: 0, end: 1 },
    );
    const grown = this.#build.op('Mul', [this.#build.int64s(slopes), batch], vector);
    return this.#build.op('Add', [grown, this.#build.int64s(rests)], vector);
  }

  #copy(value: Value): Value {
    let copy = this.#opened.get(value);
    if (copy === undefined) {
      copy = this.#build.constantOf(value.dtype, value.shape, value.constant!);
      this.#opened.set(value, copy);
    }
    return copy;
  }

  #pair(value: Value, twin: Value, opened: Value): void {
    this.#twins.set(value, twin);
    this.#opened.set(value, opened);
  }
}

function sameConstant(a: Constant, b: Constant): boolean {
  if ('splat' in a || 'splat' in b) {
    return 'splat' in a && 'splat' in b && Object.is(a.splat, b.splat);
  }
  return (
    a.values.length === b.values.length &&
    a.values.every((value: number | bigint, i: number) => Object.is(value, b.values[i]))
  );
}

function paired<T>(list: readonly T[], twins: readonly T[]): (readonly [T, T])[] {
  if (list.length !== twins.length) throw bound('its number of operations');
  return list.map((item, i) => [item, twins[i]!]);
}

const bound = (what: string): EngineError =>
  new EngineError(
    `the model cannot be exported for every batch size: ${what} depends on the batch in a way that ONNX cannot leave open`,
  );
