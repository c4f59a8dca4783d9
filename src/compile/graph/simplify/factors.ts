/**
 * Constant factors, which move behind everything that is linear in them to where they meet others,
 * or a product that takes one for nothing.
 *
 * What is computed then is what was written, but for the factor: of (x · 1e−25)² with x = 3e25, 9 is
 * left and 9e50 · 1e−50 would be computed, ∞ · 0. Only factors near 1 are moved therefore, see `mayMove`.
 */
import { mayMove, type ProductOptions, scaleOf } from '../forms.js';
import { splatOf, type Value } from '../graph.js';
import { type Rules, rule, type Terms } from './rule.js';

/** What a product with a constant, or a quotient by one, is a multiple of. */
function multipleOf({ op, a, b }: Terms['binary']): { x: Value; factor: number } | undefined {
  const [left, right] = [splatOf(a), splatOf(b)];
  // The reciprocal of a power of two is exact; others may differ in the last bit.
  if (op === 'Div' && right !== undefined && a.dtype === 'float32')
    return { x: a, factor: 1 / right };
  if (op !== 'Mul') return undefined;
  if (right !== undefined) return { x: a, factor: right };
  return left === undefined ? undefined : { x: b, factor: left };
}

/** Whether float32 holds a factor with all its digits. */
const isOrdinary = (factor: number): boolean =>
  2 ** -126 <= Math.abs(factor) && Math.abs(factor) < 2 ** 127;

export const factors = {
  binary: [
    // c · (1 / c) of constants that were rounded twice is 1 but for the last two bits.
    rule('1 · x = x', 'but for rounding', (build, term) => {
      const multiple = multipleOf(term);
      const isOne = multiple !== undefined && Math.abs(multiple.factor - 1) <= 2 ** -22;
      return isOne ? build.expand(multiple.x, term.shape) : undefined;
    }),
    rule('−1 · x = −x', 'to the bit', (build, term) => {
      const multiple = multipleOf(term);
      if (multiple?.factor !== -1) return undefined;
      return build.expand(build.unary('Neg', multiple.x), term.shape);
    }),
    rule('d · (c · x) = (d · c) · x', 'within range', (build, term) => {
      const multiple = multipleOf(term);
      const inner = multiple && scaleOf(multiple.x);
      if (inner === undefined || multiple?.x.dtype !== 'float32') return undefined;
      const factor = inner.factor * multiple.factor;
      // Neither is 0, nor are both together beyond what float32 holds.
      if (!isOrdinary(inner.factor) || !isOrdinary(factor)) return undefined;
      return build.expand(build.scale(inner.base, factor), term.shape);
    }),
    rule('(c · x) · (d · y) = (c · d) · (x · y)', 'within range', (build, { op, a, b }) => {
      if (a.dtype !== 'float32' || (op !== 'Mul' && op !== 'Div')) return undefined;
      const [x, y] = [scaleOf(a), scaleOf(b)];
      if (x === undefined && y === undefined) return undefined;
      if (splatOf(a) !== undefined || splatOf(b) !== undefined) return undefined;
      const [fx, fy] = [x?.factor ?? 1, y?.factor ?? 1];
      const factor = op === 'Mul' ? fx * fy : fx / fy;
      if (!mayMove(fx, fy, factor)) return undefined;
      return build.scale(build.binary(op, x?.base ?? a, y?.base ?? b), factor);
    }),
    rule('c · x ± c · y = c · (x ± y)', 'within range', (build, { op, a, b }) => {
      if (a.dtype !== 'float32' || (op !== 'Add' && op !== 'Sub')) return undefined;
      const [x, y] = [scaleOf(a), scaleOf(b)];
      if (x === undefined || x.factor !== y?.factor || !mayMove(x.factor)) return undefined;
      return build.scale(build.binary(op, x.base, y.base), x.factor);
    }),
  ],
  reshape: [
    rule('reshape(c · x) = c · reshape(x)', 'to the bit', (build, { x, shape }) => {
      const scaled = scaleOf(x);
      return scaled && build.scale(build.reshape(scaled.base, shape), scaled.factor);
    }),
  ],
  reduce: [
    rule('Σ c · x = c · Σ x', 'within range', (build, { op, x, axes, keepDims }) => {
      const scaled = op === 'ReduceSum' || op === 'ReduceMean' ? scaleOf(x) : undefined;
      if (scaled === undefined || !mayMove(scaled.factor)) return undefined;
      return build.scale(build.reduce(op, scaled.base, axes, keepDims), scaled.factor);
    }),
  ],
  matMul: [
    rule('(c · A) · B = c · (A · B)', 'within range', (build, { a, b, ...options }) => {
      const moved = (factor: number): ProductOptions | undefined => {
        const alpha = options.alpha * factor;
        return mayMove(factor, alpha) ? { ...options, alpha } : undefined;
      };
      const [left, right] = [scaleOf(a), scaleOf(b)];
      const byLeft = left && moved(left.factor);
      if (byLeft !== undefined) return build.matMul(left!.base, b, byLeft);
      const byRight = right && moved(right.factor);
      return byRight && build.matMul(a, right!.base, byRight);
    }),
  ],
} satisfies Partial<Rules>;
