/**
 * Transpositions and changes of shape go last, where they meet others that undo them, or products
 * that absorb them. They move values and compute none, so all these laws hold to the bit.
 */
import { argumentOf, transposeOf } from '../forms.js';
import type { Value } from '../graph.js';
import { isAscending, sameShape, withLeadingOnes } from '../shapes.js';
import { type Build, type Rules, rule } from './rule.js';

export const layout = {
  unary: [
    rule('f(xᵀ) = f(x)ᵀ', 'to the bit', (build, { op, x }) => {
      const moved = transposeOf(x);
      return moved && build.transpose(build.unary(op, moved.source), moved.perm);
    }),
    // A negation is a factor, and those go after both.
    rule('f(reshape(x)) = reshape(f(x))', 'to the bit', (build, { op, x }) => {
      const source = op === 'Neg' ? undefined : argumentOf(x, 'Reshape');
      return source && build.reshape(build.unary(op, source), x.shape);
    }),
  ],
  binary: [
    rule('f(aᵀ, bᵀ) = f(a, b)ᵀ', 'to the bit', (build, { op, a, b }) => {
      const [x, y] = [transposeOf(a), transposeOf(b)];
      if (x === undefined || y === undefined || !sameShape(x.perm, y.perm)) return undefined;
      return build.transpose(build.binary(op, x.source, y.source), x.perm);
    }),
    // Of a v that is repeated along all axes but one: it is turned round for nothing.
    rule('f(aᵀ, v) = f(a, vᵀ)ᵀ', 'to the bit', (build, { op, a, b }) => {
      const [x, y] = [transposeOf(a), transposeOf(b)];
      const moved = x ?? y;
      if (moved === undefined || (x !== undefined && y !== undefined)) return undefined;
      const other = x === undefined ? a : b;
      const rank = moved.perm.length;
      if (other.shape.length > rank) return undefined;
      if (other.shape.filter((length) => length !== 1).length > 1) return undefined;
      const aligned = withRank(build, other, rank);
      const inverse = moved.perm.map((_, axis) => moved.perm.indexOf(axis));
      const turned = build.reshape(
        aligned,
        inverse.map((axis) => aligned.shape[axis]!),
      );
      const operands =
        x === undefined ? ([turned, moved.source] as const) : ([moved.source, turned] as const);
      return build.transpose(build.binary(op, ...operands), moved.perm);
    }),
    rule('f(reshape(a), reshape(b)) = reshape(f(a, b))', 'to the bit', (build, { op, a, b }) => {
      const [x, y] = [argumentOf(a, 'Reshape'), argumentOf(b, 'Reshape')];
      if (x === undefined || y === undefined) return undefined;
      if (!sameShape(x.shape, y.shape) || !sameShape(a.shape, b.shape)) return undefined;
      return build.reshape(build.binary(op, x, y), a.shape);
    }),
  ],
  reshape: [
    rule('reshape(reshape(x)) = reshape(x)', 'to the bit', (build, { x, shape }) => {
      const source = argumentOf(x, 'Reshape');
      return source && build.reshape(source, shape);
    }),
  ],
  expand: [
    rule('expand(expand(x)) = expand(x)', 'to the bit', (build, { x, shape }) => {
      const source = argumentOf(x, 'Expand');
      return source && build.expand(source, shape);
    }),
  ],
  transpose: [
    rule('(xᵀ)ᵀ = x, or x transposed once', 'to the bit', (build, { x, perm }) => {
      const moved = transposeOf(x);
      return (
        moved &&
        build.transpose(
          moved.source,
          perm.map((axis) => moved.perm[axis]!),
        )
      );
    }),
    rule(
      'xᵀ = reshape(x) where axes of length 1 move',
      'to the bit',
      (build, { x, perm, shape }) =>
        isAscending(perm.filter((axis) => x.shape[axis] !== 1))
          ? build.reshape(x, shape)
          : undefined,
    ),
  ],
} satisfies Partial<Rules>;

/** x with leading axes of length 1 that bring it to a rank. */
export const withRank = (build: Build, x: Value, rank: number): Value =>
  x.shape.length === rank ? x : build.reshape(x, withLeadingOnes(x.shape, rank));
