/** Which laws are tried, in which order, on what is about to be built. */
import { arithmetic, castTwice, doubleNegation } from './arithmetic.js';
import { factorOfProduct, factorOfReshape, factorOfSum, factorsOfBinary } from './factors.js';
import {
  foldBinary,
  foldCast,
  foldExpand,
  foldReduction,
  foldReshape,
  foldSlice,
  foldTranspose,
  foldUnary,
} from './fold.js';
import {
  expandTwice,
  layoutOfBinary,
  layoutOfTranspose,
  layoutOfUnary,
  reshapeTwice,
} from './layout.js';
import { products } from './products.js';
import { reduceNothing, reductions } from './reductions.js';
import type { Binary, Cast, Product, Reduced, Rule, Shaped, Transposed, Unary } from './rule.js';

/** What is built, and the rules that it is tried on. */
interface Terms {
  readonly unary: Unary;
  readonly binary: Binary;
  readonly cast: Cast;
  readonly reshape: Shaped;
  readonly transpose: Transposed;
  readonly expand: Shaped;
  readonly slice: Shaped;
  readonly reduce: Reduced;
  readonly matMul: Product;
}

export const rules: { readonly [What in keyof Terms]: readonly Rule<Terms[What]>[] } = {
  unary: [foldUnary, doubleNegation, ...layoutOfUnary],
  binary: [foldBinary, ...arithmetic, ...factorsOfBinary, ...layoutOfBinary],
  cast: [foldCast, castTwice],
  reshape: [foldReshape, reshapeTwice, factorOfReshape],
  transpose: [foldTranspose, ...layoutOfTranspose],
  expand: [foldExpand, expandTwice],
  slice: [foldSlice],
  reduce: [reduceNothing, foldReduction, factorOfSum, ...reductions],
  matMul: [factorOfProduct, ...products],
};

/** All laws, by what they are laws of. */
export const laws: ReadonlyMap<string, Rule<never>> = new Map(
  Object.values(rules).flatMap((list) => list.map((rule) => [rule.law, rule as Rule<never>])),
);
