/**
 * Builds graphs: infers shapes, and simplifies by the laws of `simplify/`. Lowering and rewriting both
 * build through it, so whatever is simplified is simplified everywhere.
 */
import { type ProductOptions, productOptions } from './forms.js';
import { type DType, type Node, numbersOf, onnxTypes, splatOf, type Value } from './graph.js';
import { Nodes } from './nodes.js';
import {
  type BinaryOp,
  type CompareOp,
  isBinaryOp,
  isUnaryOp,
  type ReduceOp,
  type UnaryOp,
} from './ops.js';
import {
  broadcastShapes,
  isRow,
  productShape,
  reducedShape,
  type Shape,
  sameShape,
  sizeOf,
} from './shapes.js';
import { laws, rules, withoutLaws } from './simplify/index.js';
import type { Build, Rule, Rules } from './simplify/rule.js';

export class Builder extends Nodes implements Build {
  /** The laws that hold. */
  readonly #rules: Rules;
  /** What nodes become that are built again as they are. */
  readonly #rebuilt = new Map<Node, readonly Value[]>();

  /**
   * @param without laws that are left alone, to find the one that is at fault
   * @throws Error when there is no such law
   */
  constructor({ without = [] }: { readonly without?: Iterable<string> } = {}) {
    super();
    const left = new Set(without);
    for (const law of left) if (!laws.has(law)) throw new Error(`no law '${law}'`);
    this.#rules = left.size === 0 ? rules : withoutLaws(left);
  }

  unary(op: UnaryOp, x: Value): Value {
    return this.#simpler(this.#rules.unary, { op, x }) ?? this.op(op, [x], x);
  }

  binary(op: BinaryOp, a: Value, b: Value): Value {
    const shape = broadcastShapes(a.shape, b.shape);
    const simpler = this.#simpler(this.#rules.binary, { op, a, b, shape });
    if (simpler !== undefined) return simpler;
    // One order for commutative operations, so that equal sums are found equal.
    const swap = (op === 'Add' || op === 'Mul') && a.id > b.id;
    const [first, second] = swap ? [b, a] : [a, b];
    const operands = [first, second].map((operand) => this.#narrow(operand));
    if (op === 'Sub') operands[1] = this.#flatRow(operands[1]!, operands[0]!);
    const result = this.op(op, operands, {
      dtype: a.dtype,
      shape: broadcastShapes(operands[0]!.shape, operands[1]!.shape),
    });
    return this.expand(result, shape);
  }

  add = (a: Value, b: Value): Value => this.binary('Add', a, b);
  sub = (a: Value, b: Value): Value => this.binary('Sub', a, b);
  mul = (a: Value, b: Value): Value => this.binary('Mul', a, b);
  div = (a: Value, b: Value): Value => this.binary('Div', a, b);

  compare(op: CompareOp, a: Value, b: Value): Value {
    const shape = broadcastShapes(a.shape, b.shape);
    const operands = [a, b].map((operand) => this.#narrow(operand));
    const narrow = broadcastShapes(operands[0]!.shape, operands[1]!.shape);
    return this.expand(this.op(op, operands, { dtype: 'bool', shape: narrow }), shape);
  }

  where(condition: Value, a: Value, b: Value): Value {
    const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
    return this.op('Where', [condition, a, b], { dtype: a.dtype, shape });
  }

  cast(x: Value, dtype: DType): Value {
    if (x.dtype === dtype) return x;
    return (
      this.#simpler(this.#rules.cast, { x, dtype }) ??
      this.op('Cast', [x], { dtype, shape: x.shape }, { to: onnxTypes[dtype] })
    );
  }

  reshape(x: Value, shape: Shape): Value {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new Error(`[${x.shape}] cannot be reshaped to [${shape}]`);
    }
    if (sameShape(x.shape, shape)) return x;
    return (
      this.#simpler(this.#rules.reshape, { x, shape }) ??
      this.op('Reshape', [x, this.int64s(shape)], { dtype: x.dtype, shape })
    );
  }

  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((from, to) => from === to)) return x;
    const shape = perm.map((axis) => x.shape[axis]!);
    return (
      this.#simpler(this.#rules.transpose, { x, perm, shape }) ??
      this.op('Transpose', [x], { dtype: x.dtype, shape }, { perm })
    );
  }

  /** Repeats along axes of length 1, and along new leading ones. */
  expand(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    return (
      this.#simpler(this.#rules.expand, { x, shape }) ??
      this.op('Expand', [x, this.int64s(shape)], { dtype: x.dtype, shape })
    );
  }

  /** @param axes ascending, not negative */
  reduce(op: ReduceOp, x: Value, axes: readonly number[], keepDims: boolean): Value {
    const shape = reducedShape(x.shape, axes, keepDims);
    return (
      this.#simpler(this.#rules.reduce, { op, x, axes, keepDims, shape }) ??
      this.op(op, [x, this.int64s(axes)], { dtype: x.dtype, shape }, { keepdims: keepDims ? 1 : 0 })
    );
  }

  concat(parts: readonly Value[], axis: number): Value {
    if (parts.length === 1) return parts[0]!;
    const [first] = parts as [Value];
    const total = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
    const shape = first.shape.map((length, i) => (i === axis ? total : length));
    return this.op('Concat', parts, { dtype: first.dtype, shape }, { axis });
  }

  /** @param ends exclusive; both within the shape */
  slice(
    x: Value,
    starts: readonly number[],
    ends: readonly number[],
    steps: readonly number[] = starts.map(() => 1),
  ): Value {
    const shape = starts.map((start, axis) => Math.ceil((ends[axis]! - start) / steps[axis]!));
    if (sameShape(shape, x.shape) && steps.every((step) => step === 1)) return x;
    const simpler = this.#simpler(this.#rules.slice, { x, shape });
    if (simpler !== undefined) return simpler;
    const cut = x.shape.flatMap((length, axis) =>
      starts[axis] === 0 && ends[axis] === length && steps[axis] === 1 ? [] : [axis],
    );
    const at = (list: readonly number[]): Value => this.int64s(cut.map((axis) => list[axis]!));
    return this.op('Slice', [x, at(starts), at(ends), this.int64s(cut), at(steps)], {
      dtype: x.dtype,
      shape,
    });
  }

  split(x: Value, axis: number, lengths: readonly number[]): readonly Value[] {
    if (lengths.length === 1) return [x];
    return this.node(
      'Split',
      [x, this.int64s(lengths)],
      lengths.map((length) => ({
        dtype: x.dtype,
        shape: x.shape.map((whole, i) => (i === axis ? length : whole)),
      })),
      { axis },
    );
  }

  /** @param before,after how much to add on each axis, filled with `value` */
  pad(x: Value, before: readonly number[], after: readonly number[], value = 0): Value {
    if ([...before, ...after].every((amount) => amount === 0)) return x;
    const shape = x.shape.map((length, axis) => length + before[axis]! + after[axis]!);
    const pads = this.int64s([...before, ...after]);
    return this.op('Pad', [x, pads, this.splat(x.dtype, [], value)], { dtype: x.dtype, shape });
  }

  /** x · factor */
  scale(x: Value, factor: number): Value {
    return this.mul(x, this.splat(x.dtype, [], factor));
  }

  /**
   * alpha · a · b over the last two axes, each transposed at will; leading axes are equal, or absent
   * on one side. A bias, for two matrices alone, is added to every row.
   */
  matMul(
    a: Value,
    b: Value,
    { transA = false, transB = false, alpha = 1, bias }: ProductOptions = {},
  ): Value {
    const shape = productShape(a.shape, b.shape, transA, transB);
    if (a.dtype !== 'float32') return this.#integerProduct(a, b, shape, { transA, transB, bias });
    const simpler = this.#simpler(this.#rules.matMul, { a, b, transA, transB, alpha, bias });
    if (simpler !== undefined) return simpler;
    const output = { dtype: a.dtype, shape };
    const attributes = {
      ...(transA ? { transA: 1 } : {}),
      ...(transB ? { transB: 1 } : {}),
      ...(alpha === 1 ? {} : { alpha: { float: alpha } }),
    };
    if (a.shape.length === 2 && b.shape.length === 2) {
      const inputs = bias === undefined ? [a, b] : [a, b, bias];
      return this.op('Gemm', inputs, output, attributes);
    }
    if (Object.keys(attributes).length === 0) return this.op('MatMul', [a, b], output);
    return this.op('FusedMatMul', [a, b], output, attributes, 'com.microsoft');
  }

  /** Of integers, which have no `Gemm`, and whose transpositions are nodes of their own. */
  #integerProduct(
    a: Value,
    b: Value,
    shape: Shape,
    { transA, transB, bias }: ProductOptions,
  ): Value {
    const turned = (x: Value, turn = false): Value => {
      const axes = [...x.shape.keys()];
      return turn ? this.transpose(x, [...axes.slice(0, -2), ...axes.slice(-2).reverse()]) : x;
    };
    const operands = [turned(a, transA), turned(b, transB)];
    const result = this.op('MatMul', operands, { dtype: a.dtype, shape });
    return bias === undefined ? result : this.add(result, bias);
  }

  /** The node again with other inputs, simplified as if it were new. */
  rebuild(node: Node, inputs: readonly (Value | undefined)[]): readonly Value[] {
    for (let i = 0; i < inputs.length; i++) {
      if (inputs[i] !== node.inputs[i]) return this.#built(node, inputs);
    }
    // Every pass does so with most of a graph.
    let known = this.#rebuilt.get(node);
    if (known === undefined) {
      known = this.#built(node, inputs);
      this.#rebuilt.set(node, known);
    }
    return known;
  }

  #built(node: Node, inputs: readonly (Value | undefined)[]): readonly Value[] {
    const { op, attributes } = node;
    const [a, b, c] = inputs as [Value, Value, Value];
    const axesOf = (value: Value): number[] => numbersOf(value)!;
    if (isUnaryOp(op)) return [this.unary(op, a)];
    if (isBinaryOp(op)) return [this.binary(op, a, b)];
    if (op.startsWith('Reduce')) {
      return [this.reduce(op as ReduceOp, a, axesOf(b), attributes.keepdims === 1)];
    }
    switch (op) {
      case 'Reshape':
        return [this.reshape(a, node.outputs[0]!.shape)];
      case 'Expand':
        return [this.expand(a, node.outputs[0]!.shape)];
      case 'Transpose':
        return [this.transpose(a, attributes.perm as readonly number[])];
      case 'MatMul':
      case 'Gemm':
      case 'FusedMatMul':
        return [this.matMul(a, b, productOptions(node, c))];
      default:
        return this.node(op, inputs, node.outputs, attributes, node.domain);
    }
  }

  /** What the first law that applies makes of a term. */
  #simpler<Term>(list: readonly Rule<Term>[], term: Term): Value | undefined {
    for (let i = 0; i < list.length; i++) {
      const simpler = list[i]!.apply(this, term);
      if (simpler !== undefined) return simpler;
    }
    return undefined;
  }

  /** A splat or an expansion that its operation would broadcast by itself, made small again. */
  #narrow(operand: Value): Value {
    const splat = splatOf(operand);
    if (splat !== undefined) return this.splat(operand.dtype, [], splat);
    return operand.producer?.op === 'Expand' ? operand.producer.inputs[0]! : operand;
  }

  /** [C] of a row that was shaped as [1, …, 1, C], so that equal differences are found equal. */
  #flatRow(row: Value, x: Value): Value {
    const { shape } = row;
    if (!isRow(shape) || shape.length > x.shape.length || row.producer?.op !== 'Reshape')
      return row;
    return this.reshape(row, [shape.at(-1)!]);
  }
}
