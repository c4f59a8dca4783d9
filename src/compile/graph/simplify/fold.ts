/** What can be computed while compiling, in float64 and rounded once. */
import { type DType, numbersOf, splatOf, type Value } from '../graph.js';
import type { BinaryOp, UnaryOp } from '../ops.js';
import { sizeOf } from '../shapes.js';
import type { Binary, Cast, Reduced, Rule, Shaped, Transposed, Unary } from './rule.js';

/** Constants up to this many values are folded. */
const foldLimit = 4096;

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

/** The numbers of a constant that is not too large. */
const fewNumbers = (x: Value): number[] | undefined =>
  sizeOf(x.shape) <= foldLimit ? numbersOf(x) : undefined;

export const foldUnary: Rule<Unary> = {
  law: 'f(c) is a constant',
  equal: 'but for rounding',
  apply: (build, { op, x }) => {
    const fold = unaryFolds[op];
    if (fold === undefined) return undefined;
    const splat = splatOf(x);
    if (splat !== undefined) return build.splat(x.dtype, x.shape, fold(splat));
    const numbers = fewNumbers(x);
    return numbers && build.constant(x.dtype, x.shape, numbers.map(fold));
  },
};

export const foldBinary: Rule<Binary> = {
  law: 'f(c, d) is a constant',
  equal: 'but for rounding',
  apply: (build, { op, a, b, shape }) => {
    const [x, y] = [splatOf(a), splatOf(b)];
    if (x === undefined || y === undefined) return undefined;
    const value = binaryFolds[op](x, y);
    return build.splat(a.dtype, shape, a.dtype === 'int32' ? Math.trunc(value) : value);
  },
};

export const foldCast: Rule<Cast> = {
  law: 'cast(c) is a constant',
  equal: 'to the bit',
  apply: (build, { x, dtype }) => {
    const splat = splatOf(x);
    if (splat !== undefined) return build.splat(dtype, x.shape, castNumber(splat, dtype));
    const numbers = fewNumbers(x)?.map((number) => castNumber(number, dtype));
    return numbers && build.constant(dtype, x.shape, numbers);
  },
};

function castNumber(number: number, dtype: DType): number {
  if (dtype === 'bool') return number === 0 ? 0 : 1;
  return dtype === 'float32' ? number : Math.trunc(number);
}

export const foldReshape: Rule<Shaped> = {
  law: 'reshape(c) is a constant',
  equal: 'to the bit',
  apply: (build, { x, shape }) => x.constant && build.constantOf(x.dtype, shape, x.constant),
};

/** Of constants that repeat one value. */
const repeat = (law: string, of: (x: Value) => number | undefined): Rule<Shaped> => ({
  law,
  equal: 'to the bit',
  apply: (build, { x, shape }) => {
    const splat = of(x);
    return splat === undefined ? undefined : build.splat(x.dtype, shape, splat);
  },
});

const ownSplatOf = ({ constant }: Value): number | undefined =>
  constant !== undefined && 'splat' in constant ? constant.splat : undefined;

export const foldTranspose: Rule<Transposed> = repeat('cᵀ = c', ownSplatOf);
export const foldSlice: Rule<Shaped> = repeat('slice(c) = c', ownSplatOf);
export const foldExpand: Rule<Shaped> = repeat('expand(c) = c', splatOf);

export const foldReduction: Rule<Reduced> = {
  law: 'Σ c = n · c',
  equal: 'but for rounding',
  apply: (build, { op, x, axes, shape }) => {
    const splat = splatOf(x);
    if (splat === undefined) return undefined;
    const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    const total = { ReduceSum: splat * count, ReduceProd: splat ** count }[op as string] ?? splat;
    return build.splat(x.dtype, shape, total);
  },
};
