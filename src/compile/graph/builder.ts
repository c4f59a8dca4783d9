/**
 * Builds graphs: infers shapes, shares equal subexpressions, folds constants, and drops operations
 * that change nothing. Lowering and rewriting both build through it, so whatever it simplifies is
 * simplified everywhere.
 */
import {
  type Attribute,
  type Constant,
  type DType,
  isRow,
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

const unaryOps = [
  'Neg',
  'Abs',
  'Sign',
  'Sqrt',
  'Reciprocal',
  'Exp',
  'Log',
  'Tanh',
  'Sigmoid',
  'Softplus',
  'Relu',
  'Erf',
  'Sin',
  'Cos',
  'Floor',
  'Ceil',
  'Round',
] as const;

export type UnaryOp = (typeof unaryOps)[number];

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

export const isUnaryOp = (op: string): op is UnaryOp =>
  (unaryOps as readonly string[]).includes(op);

export const isBinaryOp = (op: string): op is BinaryOp => Object.hasOwn(binaryFolds, op);

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
    const settings = Object.keys(attributes)
      .sort()
      .map((name) => name + JSON.stringify(attributes[name]));
    const types = outputs.map(({ dtype, shape }) => `${dtype}${shape}`).join(';');
    const key = `${domain}${op}(${inputs.map((input) => input?.id ?? '').join()})${settings.join()}|${types}`;
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
    // Transpositions go last, where they meet others that undo them, or products that absorb them.
    const moved = transposeOf(x);
    if (moved !== undefined) return this.transpose(this.unary(op, moved.source), moved.perm);
    // So do changes of shape; a negation is a factor, and those go after both.
    if (x.producer?.op === 'Reshape' && op !== 'Neg') {
      return this.reshape(this.unary(op, x.producer.inputs[0]!), x.shape);
    }
    return this.op(op, [x], x);
  }

  binary(op: BinaryOp, a: Value, b: Value): Value {
    const shape = broadcastShapes(a.shape, b.shape);
    const folded = this.#foldBinary(op, a, b, shape);
    if (folded !== undefined) return folded;
    const simpler =
      this.#simplify(op, a, b, shape) ??
      this.#scaledBinary(op, a, b) ??
      this.#sinkTranspose(op, a, b) ??
      this.#sinkReshape(op, a, b);
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
    // Every byte is an integer.
    const source = x.producer?.op === 'Cast' ? x.producer.inputs[0]! : undefined;
    if (source?.dtype === 'uint8' && x.dtype !== 'bool') return this.cast(source, dtype);
    return this.op('Cast', [x], { dtype, shape: x.shape }, { to: onnxTypes[dtype] });
  }

  reshape(x: Value, shape: Shape): Value {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new Error(`[${x.shape}] cannot be reshaped to [${shape}]`);
    }
    if (sameShape(x.shape, shape)) return x;
    if (x.constant !== undefined) return this.constantOf(x.dtype, shape, x.constant);
    if (x.producer?.op === 'Reshape') return this.reshape(x.producer.inputs[0]!, shape);
    const scaled = scaleOf(x);
    if (scaled !== undefined) return this.scale(this.reshape(scaled.base, shape), scaled.factor);
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
    if (op === 'ReduceSum' || op === 'ReduceMean') {
      const scaled = scaleOf(x);
      if (scaled !== undefined) {
        return this.scale(this.reduce(op, scaled.base, axes, keepDims), scaled.factor);
      }
      const moved = transposeOf(x);
      if (moved !== undefined && !keepDims && isAscending(keptAxes(moved.perm, axes))) {
        const from = axes.map((axis) => moved.perm[axis]!).sort((p, q) => p - q);
        return this.reduce(op, moved.source, from, false);
      }
    }
    if (x.shape[0] === 1 && axes.length > 1 && axes[0] === 0 && !keepDims) {
      const flat = this.reshape(x, x.shape.slice(1));
      return this.reduce(
        op,
        flat,
        axes.slice(1).map((axis) => axis - 1),
        false,
      );
    }
    // Sums over all rows do not care how the rows are arranged.
    const columns = x.shape.at(-1)!;
    const source = x.producer?.op === 'Reshape' ? x.producer.inputs[0]! : undefined;
    const overRows = axes.length === x.shape.length - 1 && !axes.includes(axes.length);
    // A leading axis of length 1 was just taken off.
    const arranged = source !== undefined && source.shape[0] !== 1;
    if (arranged && overRows && !keepDims && source.shape.at(-1) === columns) {
      const rows = source.shape.slice(0, -1).map((_, axis) => axis);
      return this.reduce(op, source, rows, false);
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
    const [m, k] = lastTwo(a.shape, transA);
    const [k2, n] = lastTwo(b.shape, transB);
    if (k !== k2) throw new Error(`[${a.shape}] × [${b.shape}]: inner lengths differ`);
    const options = { transA, transB, alpha, ...(bias === undefined ? {} : { bias }) };
    for (const operand of [a, b]) {
      const scaled = scaleOf(operand);
      if (scaled === undefined) continue;
      const [left, right] = operand === a ? [scaled.base, b] : [a, scaled.base];
      return this.matMul(left, right, { ...options, alpha: alpha * scaled.factor });
    }
    const absorbed = this.#absorbTranspose(a, b, options);
    if (absorbed !== undefined) return absorbed;

    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const output = { dtype: a.dtype, shape: [...batch, m, n] };
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

  /**
   * Products with matrices that lie as columns, [B · C, S] made of [B, S, C] by transposing: the
   * products are taken from the left instead, W · X for each of the B, and nothing is transposed.
   */
  #absorbTranspose(a: Value, b: Value, options: ProductOptions): Value | undefined {
    const { transA = false, transB = false, alpha = 1, bias } = options;
    const left = columnsOf(a);
    if (left === undefined || b.shape.length !== 2) return undefined;
    const right = columnsOf(b);
    if (transA && !transB && right !== undefined && bias === undefined) {
      // Σ over the batch of X · Yᵀ
      const products = this.matMul(left, right, { transB: true, alpha });
      return this.reduce('ReduceSum', products, [0], false);
    }
    if (transA || right !== undefined) return undefined;
    const weights = transB ? b : this.transpose(b, [1, 0]);
    const product = this.matMul(weights, left, { alpha });
    const [batch, n, channels] = product.shape as [number, number, number];
    const sum = bias === undefined ? product : this.add(product, this.reshape(bias, [n, 1]));
    return this.reshape(this.transpose(sum, [0, 2, 1]), [batch * channels, n]);
  }

  /** Constant factors move behind products and quotients, and out of sums that share them. */
  #scaledBinary(op: BinaryOp, a: Value, b: Value): Value | undefined {
    if (a.dtype !== 'float32') return undefined;
    const [x, y] = [scaleOf(a), scaleOf(b)];
    if (x === undefined && y === undefined) return undefined;
    if (op === 'Mul' || op === 'Div') {
      if (splatOf(a) !== undefined || splatOf(b) !== undefined) return undefined;
      const result = this.binary(op, x?.base ?? a, y?.base ?? b);
      const [fx, fy] = [x?.factor ?? 1, y?.factor ?? 1];
      return this.scale(result, op === 'Mul' ? fx * fy : fx / fy);
    }
    if ((op === 'Add' || op === 'Sub') && x !== undefined && y !== undefined) {
      if (x.factor === y.factor) return this.scale(this.binary(op, x.base, y.base), x.factor);
    }
    return undefined;
  }

  /** Two operands that were given their shape alike are combined before. */
  #sinkReshape(op: BinaryOp, a: Value, b: Value): Value | undefined {
    if (a.producer?.op !== 'Reshape' || b.producer?.op !== 'Reshape') return undefined;
    const [x, y] = [a.producer.inputs[0]!, b.producer.inputs[0]!];
    if (!sameShape(x.shape, y.shape) || !sameShape(a.shape, b.shape)) return undefined;
    return this.reshape(this.binary(op, x, y), a.shape);
  }

  /** f(aᵀ, bᵀ) = f(a, b)ᵀ, and the same where one side is repeated along the other. */
  #sinkTranspose(op: BinaryOp, a: Value, b: Value): Value | undefined {
    const [x, y] = [transposeOf(a), transposeOf(b)];
    const moved = x ?? y;
    if (moved === undefined) return undefined;
    if (x !== undefined && y !== undefined) {
      if (!sameShape(x.perm, y.perm)) return undefined;
      return this.transpose(this.binary(op, x.source, y.source), x.perm);
    }
    const other = x === undefined ? a : b;
    const rank = moved.perm.length;
    if (other.shape.length > rank) return undefined;
    // Only what is long on at most one axis can be turned round for nothing.
    if (other.shape.filter((length) => length !== 1).length > 1) return undefined;
    const aligned = this.#alignRank(other, rank);
    const inverse = moved.perm.map((_, axis) => moved.perm.indexOf(axis));
    const turned = this.reshape(
      aligned,
      inverse.map((axis) => aligned.shape[axis]!),
    );
    const result =
      x === undefined
        ? this.binary(op, turned, moved.source)
        : this.binary(op, moved.source, turned);
    return this.transpose(result, moved.perm);
  }

  /** The node again with other inputs, simplified as if it were new. */
  rebuild(node: Node, inputs: readonly (Value | undefined)[]): readonly Value[] {
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

  #value(dtype: DType, shape: Shape): Value {
    return { id: this.#nextId++, dtype, shape: [...shape] };
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
    if (!isRow(shape) || shape.length > x.shape.length || !isOp(row, 'Reshape')) return row;
    return this.reshape(row, [shape.at(-1)!]);
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
    // c · (1 / c) of rounded constants is 1 but for the last bit.
    if (Math.abs(factor - 1) < 2 ** -23) return this.expand(x, shape);
    if (factor === -1) return this.expand(this.unary('Neg', x), shape);
    const inner = scaleOf(x);
    if (inner !== undefined && x.dtype === 'float32') {
      return this.expand(this.scale(inner.base, inner.factor * factor), shape);
    }
    return undefined;
  }
}

/** The options of a `MatMul`, `Gemm` or `FusedMatMul` node; `bias` stands for its third input. */
export function productOptions({ attributes }: Node, bias?: Value): ProductOptions {
  const { alpha } = attributes as { alpha?: { float: number } };
  return {
    transA: attributes.transA === 1,
    transB: attributes.transB === 1,
    alpha: alpha?.float ?? 1,
    ...(bias === undefined ? {} : { bias }),
  };
}

export interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
  /** [N] */
  readonly bias?: Value;
}

/** What a value is a constant multiple of. */
export function scaleOf(x: Value): { base: Value; factor: number } | undefined {
  const { producer } = x;
  if (producer?.op === 'Neg') return { base: producer.inputs[0]!, factor: -1 };
  if (producer?.op !== 'Mul' || x.dtype !== 'float32') return undefined;
  const [a, b] = producer.inputs as [Value, Value];
  const factor = splatOf(a) ?? splatOf(b);
  if (factor === undefined) return undefined;
  return { base: splatOf(a) === undefined ? a : b, factor };
}

function transposeOf(x: Value): { source: Value; perm: readonly number[] } | undefined {
  if (x.producer?.op !== 'Transpose') return undefined;
  return {
    source: x.producer.inputs[0]!,
    perm: x.producer.attributes.perm as readonly number[],
  };
}

/** The [B, S, C] behind a matrix [B · C, S] that was made by transposing and merging. */
function columnsOf(x: Value): Value | undefined {
  if (x.shape.length !== 2 || x.producer?.op !== 'Reshape') return undefined;
  const moved = transposeOf(x.producer.inputs[0]!);
  if (moved === undefined || moved.perm.join() !== '0,2,1') return undefined;
  const [batch, rows, channels] = moved.source.shape as [number, number, number];
  return x.shape[0] === batch * channels && x.shape[1] === rows ? moved.source : undefined;
}

/** Where the axes that a reduction keeps come from. */
const keptAxes = (perm: readonly number[], reduced: readonly number[]): number[] =>
  perm.filter((_, axis) => !reduced.includes(axis));

const isAscending = (list: readonly number[]): boolean =>
  list.every((item, i) => i === 0 || list[i - 1]! < item);

const isOp = (value: Value, op: string): boolean => value.producer?.op === op;

function castNumber(number: number, dtype: DType): number {
  if (dtype === 'bool') return number === 0 ? 0 : 1;
  return dtype === 'float32' ? number : Math.trunc(number);
}

/** The element types' numbers in ONNX. */
export const onnxTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
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
