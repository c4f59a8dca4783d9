/** Sums, means, maxima and minima along axes. */
import { argumentOf, transposeOf } from '../forms.js';
import { isAscending, sizeOf } from '../shapes.js';
import { withRank } from './layout.js';
import { type Rules, rule } from './rule.js';

export const reductions = {
  reduce: [
    rule(
      'Σ x = reshape(x) along axes of length 1',
      'but for the sign of zero',
      (build, { x, axes, shape }) =>
        axes.every((axis) => x.shape[axis] === 1) ? build.reshape(x, shape) : undefined,
    ),
    // The terms are added in another order: their sums so far may leave the range of float32.
    rule('Σ xᵀ = Σ x', 'within range', (build, { op, x, axes, keepDims }) => {
      const moved = op === 'ReduceSum' || op === 'ReduceMean' ? transposeOf(x) : undefined;
      if (moved === undefined || keepDims) return undefined;
      // What is kept must stay in its order.
      if (!isAscending(moved.perm.filter((_, axis) => !axes.includes(axis)))) return undefined;
      const from = axes.map((axis) => moved.perm[axis]!).sort((p, q) => p - q);
      return build.reduce(op, moved.source, from, false);
    }),
    rule(
      'Σ x = Σ reshape(x) without a first axis of length 1',
      'to the bit',
      (build, { op, x, axes, keepDims }) => {
        if (x.shape[0] !== 1 || axes.length < 2 || axes[0] !== 0 || keepDims) return undefined;
        const others = axes.slice(1).map((axis) => axis - 1);
        return build.reduce(op, build.reshape(x, x.shape.slice(1)), others, false);
      },
    ),
    // However the rows are arranged.
    rule('Σ reshape(x) = Σ x over all rows', 'to the bit', (build, { op, x, axes, keepDims }) => {
      const source = argumentOf(x, 'Reshape');
      const overRows = axes.length === x.shape.length - 1 && !axes.includes(axes.length);
      if (source === undefined || !overRows || keepDims) return undefined;
      // A leading axis of length 1 was just taken off.
      if (source.shape[0] === 1 || source.shape.at(-1) !== x.shape.at(-1)) return undefined;
      return build.reduce(op, source, [...source.shape.keys()].slice(0, -1), false);
    }),
    rule('Σ expand(x) = n · Σ x', 'within range', (build, { op, x, axes, shape }) => {
      const narrow = op === 'ReduceSum' ? argumentOf(x, 'Expand') : undefined;
      if (narrow === undefined) return undefined;
      const source = withRank(build, narrow, x.shape.length);
      const repeated = axes.filter((axis) => source.shape[axis] === 1 && x.shape[axis] !== 1);
      if (repeated.length === 0) return undefined;
      const count = sizeOf(repeated.map((axis) => x.shape[axis]!));
      const scaled = build.mul(source, build.splat(x.dtype, [], count));
      const wanted = x.shape.map((length, axis) => (repeated.includes(axis) ? 1 : length));
      return build.reshape(build.reduce(op, build.expand(scaled, wanted), axes, true), shape);
    }),
  ],
} satisfies Partial<Rules>;
