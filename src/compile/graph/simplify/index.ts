/** Which laws are tried, in which order, on what is about to be built. */
import { arithmetic } from './arithmetic.js';
import { factors } from './factors.js';
import { fold } from './fold.js';
import { layout } from './layout.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import type { Rule, Rules } from './rule.js';

export const rules: Rules = {
  unary: [...fold.unary, ...arithmetic.unary, ...layout.unary],
  binary: [...fold.binary, ...arithmetic.binary, ...factors.binary, ...layout.binary],
  cast: [...fold.cast, ...arithmetic.cast],
  reshape: [...fold.reshape, ...layout.reshape, ...factors.reshape],
  transpose: [...fold.transpose, ...layout.transpose],
  expand: [...fold.expand, ...layout.expand],
  slice: fold.slice,
  reduce: [...fold.reduce, ...factors.reduce, ...reductions.reduce],
  matMul: [...factors.matMul, ...products.matMul],
};

/** All rules, by their laws. */
export const laws: ReadonlyMap<string, Rule<never>> = new Map(
  Object.values(rules).flatMap((list) => list.map((rule) => [rule.law, rule as Rule<never>])),
);

/** The rules but for those of some laws. */
export const withoutLaws = (left: ReadonlySet<string>): Rules =>
  Object.fromEntries(
    Object.entries(rules).map(([what, list]) => [what, list.filter(({ law }) => !left.has(law))]),
  ) as unknown as Rules;
