/** Constants: what can be computed while compiling, in float64 and rounded once. */
import { type DType, numbersOf, splatOf, type Value } from '../graph.js';
import type { BinaryOp, ReduceOp, UnaryOp } from '../ops.js';
import { type Shape, sizeOf } from '../shapes.js';
import { type Rule, type Rules, rule } from './rule.js';

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

/** What wraps of int32, exactly; the others cannot leave its range, or are not folded. */
const integerFolds: Partial<typeof binaryFolds> = {
  Add: (a, b) => (a + b) | 0,
  Sub: (a, b) => (a - b) | 0,
  Mul: Math.imul,
  Max: Math.max,
  Min: Math.min,
};

/** The numbers of a constant that is not too large. */
const fewNumbers = (x: Value): number[] | undefined =>
  sizeOf(x.shape) <= foldLimit ? numbersOf(x) : undefined;

function castNumber(number: number, dtype: DType): number {
  if (dtype === 'bool') return number === 0 ? 0 : 1;
  // As an integer array takes it: wrapped, and 0 for NaN and infinity.
  if (dtype === 'int32') return number | 0;
  if (dtype === 'float32') return Math.fround(number);
  return dtype === 'float64' ? number : Math.trunc(number);
}

const repeated: Rule<{ readonly x: Value; readonly shape: Shape }> = rule(
  'expand(c) = c, transposed and sliced too, of one value',
  'to the bit',
  (build, { x: { constant, dtype }, shape }) =>
    constant !== undefined && 'splat' in constant
      ? build.splat(dtype, shape, constant.splat)
      : undefined,
);

export const fold = {
  unary: [
    rule('f(c) is a constant', 'but for rounding', (build, { op, x }) => {
      const fold = unaryFolds[op];
      if (fold === undefined) return undefined;
      const f = (number: number): number => (x.dtype === 'int32' ? fold(number) | 0 : fold(number));
      const splat = splatOf(x);
      if (splat !== undefined) return build.splat(x.dtype, x.shape, f(splat));
      const numbers = fewNumbers(x);
      return numbers && build.constant(x.dtype, x.shape, numbers.map(f));
    }),
  ],
  binary: [
    rule('f(c, d) is a constant', 'but for rounding', (build, { op, a, b, shape }) => {
      const [x, y] = [splatOf(a), splatOf(b)];
      if (x === undefined || y === undefined) return undefined;
      const value = (a.dtype === 'int32' ? integerFolds : binaryFolds)[op]?.(x, y);
      return value === undefined ? undefined : build.splat(a.dtype, shape, value);
    }),
  ],
  cast: [
    rule('cast(c) is a constant', 'to the bit', (build, { x, dtype }) => {
      const splat = splatOf(x);
      if (splat !== undefined) return build.splat(dtype, x.shape, castNumber(splat, dtype));
      const numbers = fewNumbers(x)?.map((number) => castNumber(number, dtype));
      return numbers && build.constant(dtype, x.shape, numbers);
    }),
  ],
  reshape: [
    rule(
      'reshape(c) is a constant',
      'to the bit',
      (build, { x, shape }) => x.constant && build.constantOf(x.dtype, shape, x.constant),
    ),
  ],
  transpose: [repeated],
  expand: [repeated],
  slice: [repeated],
  reduce: [
    rule('Σ c = n · c', 'but for rounding', (build, { op, x, axes, shape }) => {
      const splat = splatOf(x);
      if (splat === undefined) return undefined;
      const count = sizeOf(axes.map((axis) => x.shape[axis]!));
      const isInteger = x.dtype === 'int32';
      // Products wrap many times, and there is no largest of no numbers.
      if ((isInteger && op === 'ReduceProd') || count === 0) return undefined;
      const results: Partial<Record<ReduceOp, number>> = {
        ReduceSum: isInteger ? Math.imul(splat, count) : splat * count,
        ReduceProd: splat ** count,
      };
      return build.splat(x.dtype, shape, results[op] ?? splat);
    }),
  ],
} satisfies Partial<Rules>;
