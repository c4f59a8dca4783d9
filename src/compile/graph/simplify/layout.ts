/**
 * Transpositions and changes of shape go last, where they meet others that undo them, or products
 * that absorb them. They move values and compute none, so all these laws hold to the bit.
 */
import { argumentOf, transposeOf } from '../forms.js';
import type { Value } from '../graph.js';
import { isAscending, sameShape, withLeadingOnes } from '../shapes.js';
import type { Build, Rules } from './rule.js';

const equal = 'to the bit';

export const layout = {
  unary: [
    {
      law: 'f(xᵀ) = f(x)ᵀ',
      equal,
      apply: (build, { op, x }) => {
        const moved = transposeOf(x);
        return moved && build.transpose(build.unary(op, moved.source), moved.perm);
      },
    },
    {
      // A negation is a factor, and those go after both.
      law: 'f(reshape(x)) = reshape(f(x))',
      equal,
      apply: (build, { op, x }) => {
        const source = op === 'Neg' ? undefined : argumentOf(x, 'Reshape');
        return source && build.reshape(build.unary(op, source), x.shape);
      },
    },
  ],
  binary: [
    {
      law: 'f(aᵀ, bᵀ) = f(a, b)ᵀ',
      equal,
      apply: (build, { op, a, b }) => {
        const [x, y] = [transposeOf(a), transposeOf(b)];
        if (x === undefined || y === undefined || !sameShape(x.perm, y.perm)) return undefined;
        return build.transpose(build.binary(op, x.source, y.source), x.perm);
      },
    },
    {
      // Of a v that is repeated along all axes but one: it is turned round for nothing.
      law: 'f(aᵀ, v) = f(a, vᵀ)ᵀ',
      equal,
      apply: (build, { op, a, b }) => {
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
      },
    },
    {
      law: 'f(reshape(a), reshape(b)) = reshape(f(a, b))',
      equal,
      apply: (build, { op, a, b }) => {
        const [x, y] = [argumentOf(a, 'Reshape'), argumentOf(b, 'Reshape')];
        if (x === undefined || y === undefined) return undefined;
        if (!sameShape(x.shape, y.shape) || !sameShape(a.shape, b.shape)) return undefined;
        return build.reshape(build.binary(op, x, y), a.shape);
      },
    },
  ],
  reshape: [
    {
      law: 'reshape(reshape(x)) = reshape(x)',
      equal,
      apply: (build, { x, shape }) => {
        const source = argumentOf(x, 'Reshape');
        return source && build.reshape(source, shape);
      },
    },
  ],
  expand: [
    {
      law: 'expand(expand(x)) = expand(x)',
      equal,
      apply: (build, { x, shape }) => {
        const source = argumentOf(x, 'Expand');
        return source && build.expand(source, shape);
      },
    },
  ],
  transpose: [
    {
      law: '(xᵀ)ᵀ = x, or x transposed once',
      equal,
      apply: (build, { x, perm }) => {
        const moved = transposeOf(x);
        return (
          moved &&
          build.transpose(
            moved.source,
            perm.map((axis) => moved.perm[axis]!),
          )
        );
      },
    },
    {
      law: 'xᵀ = reshape(x) where axes of length 1 move',
      equal,
      apply: (build, { x, perm, shape }) =>
        isAscending(perm.filter((axis) => x.shape[axis] !== 1))
          ? build.reshape(x, shape)
          : undefined,
    },
  ],
} satisfies Partial<Rules>;

/** x with leading axes of length 1 that bring it to a rank. */
export const withRank = (build: Build, x: Value, rank: number): Value =>
  x.shape.length === rank ? x : build.reshape(x, withLeadingOnes(x.shape, rank));
