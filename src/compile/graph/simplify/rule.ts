/**
 * The algebra of the graph is lists of rules: laws by which what is about to be built becomes
 * something simpler. What a law makes is built by the same rules in its turn.
 */
import type { ProductOptions } from '../forms.js';
import type { Constant, DType, Value } from '../graph.js';
import type { BinaryOp, ReduceOp, UnaryOp } from '../ops.js';
import type { Shape } from '../shapes.js';

/**
 * Where both sides of a law are equal, as computed:
 * - `to the bit`, for all values, NaN, infinities and both zeros among them;
 * - `but for the sign of zero`, everything else to the bit;
 * - `but for rounding`: a few units in the last place, NaN and infinities where they were;
 * - `within range`: but for rounding, as long as the left side, as it is written, passes through no
 *   numbers but 0 and those of 1e−37 … 8e37, and its sums leave that range in no order of their terms.
 *   Beyond, one side may be ∞, NaN or 0 where the other is not.
 */
export type Equality =
  | 'to the bit'
  | 'but for the sign of zero'
  | 'but for rounding'
  | 'within range';

export interface Rule<Term> {
  /** The equation; no two rules have the same. */
  readonly law: string;
  readonly equal: Equality;
  /** The right side of the equation, of a term that has the form of the left side. */
  apply(build: Build, term: Term): Value | undefined;
}

export const rule = <Term>(
  law: string,
  equal: Equality,
  apply: Rule<Term>['apply'],
): Rule<Term> => ({ law, equal, apply });

/** What is about to be built. */
export interface Terms {
  readonly unary: { readonly op: UnaryOp; readonly x: Value };
  /** `shape` is what both broadcast to. */
  readonly binary: {
    readonly op: BinaryOp;
    readonly a: Value;
    readonly b: Value;
    readonly shape: Shape;
  };
  readonly cast: { readonly x: Value; readonly dtype: DType };
  readonly reshape: Shaped;
  readonly transpose: Shaped & { readonly perm: readonly number[] };
  readonly expand: Shaped;
  readonly slice: Shaped;
  /** Axes are ascending. */
  readonly reduce: Shaped & {
    readonly op: ReduceOp;
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  readonly matMul: Required<ProductOptions> & { readonly a: Value; readonly b: Value };
}

/** x, and the shape of the result. */
export interface Shaped {
  readonly x: Value;
  readonly shape: Shape;
}

/** Rules by what they simplify, in the order in which they are tried. */
export type Rules = { readonly [What in keyof Terms]: readonly Rule<Terms[What]>[] };

/** What rules build with: see `Builder`. */
export interface Build {
  constant(dtype: DType, shape: Shape, numbers: readonly number[]): Value;
  constantOf(dtype: DType, shape: Shape, constant: Constant): Value;
  splat(dtype: DType, shape: Shape, value: number): Value;
  unary(op: UnaryOp, x: Value): Value;
  binary(op: BinaryOp, a: Value, b: Value): Value;
  add(a: Value, b: Value): Value;
  sub(a: Value, b: Value): Value;
  mul(a: Value, b: Value): Value;
  scale(x: Value, factor: number): Value;
  cast(x: Value, dtype: DType): Value;
  reshape(x: Value, shape: Shape): Value;
  transpose(x: Value, perm: readonly number[]): Value;
  expand(x: Value, shape: Shape): Value;
  reduce(op: ReduceOp, x: Value, axes: readonly number[], keepDims: boolean): Value;
  matMul(a: Value, b: Value, options?: ProductOptions): Value;
}
