import { expect, it } from 'vitest';
import type { Value } from '../../../src/compile/graph/graph.js';
import { nodesOf } from '../../../src/compile/graph/graph.js';
import { legalise } from '../../../src/compile/passes/legalise.js';
import { targets } from '../../../src/compile/target.js';
import { countOps, make, runGraph } from '../../support/graph.js';

/** A graph of one Concat of so many parts along an axis, and one Split into as many. */
function wide(count: number, axis: number) {
  const shapes = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`x${i}`, [2, (i % 3) + 1, 2]]),
  );
  return make(shapes, (build, inputs) => {
    const parts = Object.values(inputs);
    const lengths = parts.map(({ shape }) => shape[1]!);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const whole = build.op('Concat', parts, { dtype: 'float32', shape: [2, total, 2] }, { axis });
    const twice = build.op('Mul', [whole, build.scalar(2)], whole);
    const cut = build.node(
      'Split',
      [twice, build.int64s(lengths)],
      parts.map(({ dtype, shape }) => ({ dtype, shape })),
      { axis },
    ) as Value[];
    return Object.fromEntries([['whole', whole], ...cut.map((one, i) => [`y${i}`, one])]);
  });
}

it.each([
  [7, 1],
  [8, 1],
  [20, -2],
  [60, 1],
])(
  '%i parts along axis %i bind no more than eight buffers, and are the same',
  async (count, axis) => {
    const { build, graph } = wide(count, axis);
    const legal = legalise(graph, targets.gpu, build);
    for (const { inputs, outputs } of nodesOf(legal)) {
      // Lengths and bounds are none of the buffers.
      const read = inputs.filter((input) => input?.dtype === 'float32');
      expect(read.length + outputs.length).toBeLessThanOrEqual(8);
    }
    expect(await runGraph(legal)).toEqual(await runGraph(graph));
    if (count === 7) expect(countOps(legal)).toEqual(countOps(graph));
  },
);

it('targets without such a limit keep them', () => {
  const { build, graph } = wide(20, 1);
  expect(legalise(graph, targets.cores, build)).toBe(graph);
});
