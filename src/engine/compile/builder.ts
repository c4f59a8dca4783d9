/**
 * Builds graphs: infers shapes, shares equal subexpressions, folds constants, and drops operations
 * that change nothing. Lowering and rewriting both build through it, so whatever it simplifies is
 * simplified everywhere.
 */
import {
  type Attribute,
  type Constant,
  type DType,
  type Node,
  numbersOf,
  type Shape,
  sameShape,
  sizeOf,
  splatOf,
  type Value,
  valuesOf,
} from './graph.js';

/** Constants up to this many values are folded. */
const foldLimit = 4096;

export type UnaryOp =
  | 'Neg'
  | 'Abs'
  | 'Sign'
  | 'Sqrt'
  | 'Reciprocal'
  | 'Exp'
  | 'Log'
  | 'Tanh'
  | 'Sigmoid'
  | 'Softplus'
  | 'Relu'
  | 'Erf'
  | 'Sin'
  | 'Cos'
  | 'Floor'
  | 'Ceil'
  | 'Round';

export type BinaryOp = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Max' | 'Min' | 'Pow';
export type CompareOp = 'Equal' | 'Greater' | 'GreaterOrEqual' | 'Less' | 'LessOrEqual';
export type ReduceOp = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd';

/** What can be computed while compiling; float32 like the engine would. */
const unaryFolds: Partial<Record<UnaryOp, (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Sign: Math.sign,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Exp: Math.exp,
  Log: Math.log,
  Relu: (x) => Math.max(0, x),
};

const binaryFolds: Record<BinaryOp, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
  Pow: (a, b) => a ** b,
};

export class Builder {
  #nextId = 0;
  /** Nodes by all that defines them. */
  readonly #known = new Map<string, readonly Value[]>();
  readonly #constants = new Map<string, Value>();

  input(dtype: DType, shape: Shape): Value {
    return this.#value(dtype, shape);
  }

  /** A constant with its values. */
  constant(dtype: DType, shape: Shape, numbers: readonly number[]): Value {
    const first = numbers[0];
    if (first !== undefined && numbers.every((number) => Object.is(number, first))) {
      return this.splat(dtype, shape, first);
    }
    return this.constantOf(dtype, shape, { values: valuesOf(dtype, numbers) });
  }

  constantOf(dtype: DType, shape: Shape, constant: Constant): Value {
    if ('splat' in constant) return this.splat(dtype, shape, constant.splat);
    return { id: this.#nextId++, dtype, shape: [...shape], constant };
  }

  /** A constant with the same value everywhere. */
  splat(dtype: DType, shape: Shape, value: number): Value {
    const rounded = dtype === 'float32' ? Math.fround(value) : value;
    const key = `${dtype}[${shape}]${Object.is(rounded, -0) ? '-0' : rounded}`;
    let known = this.#constants.get(key);
    if (known === undefined) {
      known = { id: this.#nextId++, dtype, shape: [...shape], constant: { splat: rounded } };
      this.#constants.set(key, known);
    }
    return known;
  }

  scalar(value: number): Value {
    return this.splat('float32', [], value);
  }

  /** A vector of int64, as ONNX wants for shapes and axes. */
  int64s(numbers: readonly number[]): Value {
    const key = `int64s:${numbers}`;
    let known = this.#constants.get(key);
    if (known === undefined) {
      const values = BigInt64Array.from(numbers, BigInt);
      known = { id: this.#nextId++, dtype: 'int64', shape: [numbers.length], constant: { values } };
      this.#constants.set(key, known);
    }
    return known;
  }

  /** Adds a node, or finds the equal one that is there. The caller knows the outputs' types. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly { readonly dtype: DType; readonly shape: Shape }[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain: Node['domain'] = '',
  ): readonly Value[] {
    const key = JSON.stringify([
      domain,
      op,
      inputs.map((input) => input?.id ?? -1),
      Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)),
      outputs.map(({ dtype, shape }) => [dtype, shape]),
    ]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const results: Value[] = [];
    const node: Node = { op, domain, inputs: [...inputs], attributes, outputs: results };
    for (const { dtype, shape } of outputs) {
      results.push({ id: this.#nextId++, dtype, shape: [...shape], producer: node });
    }
    this.#known.set(key, results);
    return results;
  }

  /** A node with one output. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    output: { readonly dtype: DType; readonly shape: Shape },
    attributes: Readonly<Record<string, Attribute>> = {},
    domain: Node['domain'] = '',
  ): Value {
    return this.node(op, inputs, [output], attributes, domain)[0]!;
  }

  unary(op: UnaryOp, x: Value): Value {
    const fold = unaryFolds[op];
    if (fold !== undefined) {
      const folded = this.#foldUnary(x, fold);
      if (folded !== undefined) return folded;
    }
    if (op === 'Neg' && x.producer?.op === 'Neg') return x.producer.inputs[0]!;
    return this.op(op, [x], x);
  }

  binary(op: BinaryOp, a: Value, b: Value): Value {
    const shape = broadcastShapes(a.shape, b.shape);
    const folded = this.#foldBinary(op, a, b, shape);
    if (folded !== undefined) return folded;
    const simpler = this.#simplify(op, a, b, shape);
    if (simpler !== undefined) return simpler;
    // One order for commutative operations, so that equal sums are found equal.
    const swap = (op === 'Add' || op === 'Mul') && a.id > b.id;
    const [first, second] = swap ? [b, a] : [a, b];
    const operands = [first, second].map((operand) => this.#narrow(operand));
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
    const result = this.op('Where', [condition, a, b], { dtype: a.dtype, shape });
    return result;
  }

  cast(x: Value, dtype: DType): Value {
    if (x.dtype === dtype) return x;
    const splat = splatOf(x);
    if (splat !== undefined) return this.splat(dtype, x.shape, castNumber(splat, dtype));
    const numbers = sizeOf(x.shape) <= foldLimit ? numbersOf(x) : undefined;
    if (numbers !== undefined) {
      return this.constant(
        dtype,
        x.shape,
        numbers.map((number) => castNumber(number, dtype)),
      );
    }
    return this.op('Cast', [x], { dtype, shape: x.shape }, { to: onnxTypes[dtype] });
  }

  reshape(x: Value, shape: Shape): Value {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new Error(`[${x.shape}] cannot be reshaped to [${shape}]`);
    }
    if (sameShape(x.shape, shape)) return x;
    if (x.constant !== undefined) return this.constantOf(x.dtype, shape, x.constant);
    if (x.producer?.op === 'Reshape') return this.reshape(x.producer.inputs[0]!, shape);
    return this.op('Reshape', [x, this.int64s(shape)], { dtype: x.dtype, shape });
  }

  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((from, to) => from === to)) return x;
    const shape = perm.map((axis) => x.shape[axis]!);
    if (x.constant !== undefined && 'splat' in x.constant) {
      return this.splat(x.dtype, shape, x.constant.splat);
    }
    if (x.producer?.op === 'Transpose') {
      const inner = x.producer.attributes.perm as readonly number[];
      return this.transpose(
        x.producer.inputs[0]!,
        perm.map((axis) => inner[axis]!),
      );
    }
    // Axes of length 1 move for free.
    const moving = perm.filter((axis) => x.shape[axis] !== 1);
    if (moving.every((axis, i) => i === 0 || moving[i - 1]! < axis)) return this.reshape(x, shape);
    return this.op('Transpose', [x], { dtype: x.dtype, shape }, { perm });
  }

  /** Repeats along axes of length 1, and along new leading ones. */
  expand(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    const splat = splatOf(x);
    if (splat !== undefined) return this.splat(x.dtype, shape, splat);
    if (x.producer?.op === 'Expand') return this.expand(x.producer.inputs[0]!, shape);
    return this.op('Expand', [x, this.int64s(shape)], { dtype: x.dtype, shape });
  }

  /** @param axes ascending, not negative */
  reduce(op: ReduceOp, x: Value, axes: readonly number[], keepDims: boolean): Value {
    const shape = x.shape.flatMap((length, axis) =>
      axes.includes(axis) ? (keepDims ? [1] : []) : [length],
    );
    const reducing = axes.filter((axis) => x.shape[axis] !== 1);
    if (reducing.length === 0) return this.reshape(x, shape);
    const splat = splatOf(x);
    if (splat !== undefined) {
      const count = reducing.reduce((product, axis) => product * x.shape[axis]!, 1);
      const total = { ReduceSum: splat * count, ReduceProd: splat ** count }[op as string] ?? splat;
      return this.splat(x.dtype, shape, total);
    }
    // The sum of what was repeated is a multiple of it.
    if (op === 'ReduceSum' && x.producer?.op === 'Expand') {
      const source = this.#alignRank(x.producer.inputs[0]!, x.shape.length);
      const repeated = reducing.filter((axis) => source.shape[axis] === 1);
      if (repeated.length > 0) {
        const count = repeated.reduce((product, axis) => product * x.shape[axis]!, 1);
        const scaled = this.mul(source, this.splat(x.dtype, [], count));
        const wanted = x.shape.map((length, axis) => (repeated.includes(axis) ? 1 : length));
        return this.reshape(this.reduce(op, this.expand(scaled, wanted), axes, true), shape);
      }
    }
    return this.op(
      op,
      [x, this.int64s(axes)],
      { dtype: x.dtype, shape },
      { keepdims: keepDims ? 1 : 0 },
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
    if (x.constant !== undefined && 'splat' in x.constant) {
      return this.splat(x.dtype, shape, x.constant.splat);
    }
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

  /**
   * A matrix product over the last two axes; leading axes must be equal or absent on one side.
   * Both transpositions are of the last two axes.
   */
  matMul(a: Value, b: Value, transA = false, transB = false): Value {
    const [m, k] = lastTwo(a.shape, transA);
    const [k2, n] = lastTwo(b.shape, transB);
    if (k !== k2) throw new Error(`[${a.shape}] × [${b.shape}]: inner lengths differ`);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const output = { dtype: a.dtype, shape: [...batch, m, n] };
    if (!transA && !transB) return this.op('MatMul', [a, b], output);
    const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0 };
    if (a.shape.length === 2 && b.shape.length === 2) {
      return this.op('Gemm', [a, b], output, attributes);
    }
    return this.op('FusedMatMul', [a, b], output, attributes, 'com.microsoft');
  }

  #value(dtype: DType, shape: Shape): Value {
    return { id: this.#nextId++, dtype, shape: [...shape] };
  }

  /** A splat or an expansion that its operation would broadcast by itself, made small again. */
  #narrow(operand: Value): Value {
    const splat = splatOf(operand);
    if (splat !== undefined) return this.splat(operand.dtype, [], splat);
    return operand.producer?.op === 'Expand' ? operand.producer.inputs[0]! : operand;
  }

  #alignRank(x: Value, rank: number): Value {
    const missing = rank - x.shape.length;
    return missing === 0 ? x : this.reshape(x, [...new Array<number>(missing).fill(1), ...x.shape]);
  }

  #foldUnary(x: Value, fold: (x: number) => number): Value | undefined {
    const splat = splatOf(x);
    if (splat !== undefined) return this.splat(x.dtype, x.shape, fold(splat));
    if (sizeOf(x.shape) > foldLimit) return undefined;
    const numbers = numbersOf(x);
    return numbers && this.constant(x.dtype, x.shape, numbers.map(fold));
  }

  #foldBinary(op: BinaryOp, a: Value, b: Value, shape: Shape): Value | undefined {
    const [x, y] = [splatOf(a), splatOf(b)];
    if (x !== undefined && y !== undefined) {
      const value = binaryFolds[op](x, y);
      return this.splat(a.dtype, shape, a.dtype === 'int32' ? Math.trunc(value) : value);
    }
    return undefined;
  }

  /** Operations with a neutral or absorbing constant, and chains of constant factors. */
  #simplify(op: BinaryOp, a: Value, b: Value, shape: Shape): Value | undefined {
    const [x, y] = [splatOf(a), splatOf(b)];
    switch (op) {
      case 'Add':
        if (x === 0) return this.expand(b, shape);
        if (y === 0) return this.expand(a, shape);
        if (isOp(b, 'Neg')) return this.sub(a, b.producer!.inputs[0]!);
        if (isOp(a, 'Neg')) return this.sub(b, a.producer!.inputs[0]!);
        return undefined;
      case 'Sub':
        if (y === 0) return this.expand(a, shape);
        if (x === 0) return this.expand(this.unary('Neg', b), shape);
        if (isOp(b, 'Neg')) return this.add(a, b.producer!.inputs[0]!);
        return undefined;
      case 'Mul':
        if (x !== undefined && y === undefined) return this.#scale(b, x, shape);
        if (y !== undefined) return this.#scale(a, y, shape);
        if (isOp(a, 'Neg') && isOp(b, 'Neg')) {
          return this.mul(a.producer!.inputs[0]!, b.producer!.inputs[0]!);
        }
        return undefined;
      case 'Div':
        // The reciprocal of a power of two is exact; others may differ in the last bit.
        if (y !== undefined && a.dtype === 'float32') return this.#scale(a, 1 / y, shape);
        return undefined;
      case 'Pow':
        if (y === 1) return this.expand(a, shape);
        if (y === 2) return this.expand(this.mul(a, a), shape);
        if (y === 3) return this.expand(this.mul(this.mul(a, a), a), shape);
        if (y === 0.5) return this.expand(this.unary('Sqrt', a), shape);
        return undefined;
      default:
        return undefined;
    }
  }

  /** x · factor, with the factors of a chain multiplied while compiling. */
  #scale(x: Value, factor: number, shape: Shape): Value | undefined {
    if (factor === 1) return this.expand(x, shape);
    if (factor === -1) return this.expand(this.unary('Neg', x), shape);
    if (factor === 0 && x.dtype === 'int32') return this.splat(x.dtype, shape, 0);
    const { producer } = x;
    if (producer?.op === 'Neg')
      return this.mul(producer.inputs[0]!, this.splat(x.dtype, shape, -factor));
    if (producer?.op === 'Mul' && x.dtype === 'float32') {
      const [a, b] = producer.inputs as [Value, Value];
      const inner = splatOf(a) ?? splatOf(b);
      if (inner !== undefined) {
        const rest = splatOf(a) === undefined ? a : b;
        return this.expand(this.mul(rest, this.scalar(inner * factor)), shape);
      }
    }
    return undefined;
  }
}

const isOp = (value: Value, op: string): boolean => value.producer?.op === op;

function castNumber(number: number, dtype: DType): number {
  if (dtype === 'bool') return number === 0 ? 0 : 1;
  return dtype === 'float32' ? number : Math.trunc(number);
}

/** The element types' numbers in ONNX. */
export const onnxTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
};

const lastTwo = (shape: Shape, swapped: boolean): [number, number] => {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return swapped ? [columns, rows] : [rows, columns];
};

/**
 * The shape that two shapes broadcast to.
 * @throws Error when they do not
 */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`[${a}] and [${b}] do not broadcast`);
    return x === 1 ? y : x;
  });
}
