/** Who takes a step apart together, and what becomes of a step that cannot be. */
import { describe, expect, it } from 'vitest';
import type { Group } from '../../src/compile/group.js';
import { scalar } from '../../src/compile/step.js';
import type { SharedStep } from '../../src/engine/engine.js';
import { compileSharedUpdate } from '../../src/train/shared-update.js';
import { Team } from '../../src/train/team.js';
import type { RunnableUpdate } from '../../src/train/update-halves.js';
import { worldsOf } from '../support/worlds.js';

/** Adds up its input over all ranks. */
const sharing = (group: Group): SharedStep => {
  return async ({ x }) => {
    const values = Float32Array.from(x!.values);
    await group.sum(values);
    return { sum: scalar(values[0]!) };
  };
};
const refusing = (): SharedStep => async () => undefined;

/** What two ranks come to in two updates, of inputs 1 and 2, and 3 and 4. */
const updatesOf = (engines: readonly (((group: Group) => SharedStep) | undefined)[]) =>
  Promise.allSettled(
    worldsOf(2).map(async (world) => {
      const { rank } = world;
      const make = engines[rank];
      const cut: RunnableUpdate = async (batch) => ({
        cut: scalar((await batch(0)).x!.values[0]!),
      });
      const engine =
        make === undefined ? {} : { compileShared: (_: unknown, group: Group) => make(group) };
      const update = compileSharedUpdate(engine, () => ({}), new Team(world), cut);
      const told = [];
      let asked = 0;
      for (const first of [1, 3]) {
        const batch = () => {
          asked++;
          return { x: scalar(first + rank) };
        };
        const outputs = await update(batch, {});
        told.push(
          Object.fromEntries(
            Object.entries(outputs).map(([name, { values }]) => [name, values[0]]),
          ),
        );
      }
      return { told, asked };
    }),
  );

function fulfilled<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

describe('an update of a team', () => {
  it('is one step that all share', async () => {
    for (const { told, asked } of fulfilled(await updatesOf([sharing, sharing]))) {
      expect(told).toEqual([{ sum: 3 }, { sum: 7 }]);
      expect(asked).toBe(2);
    }
  });

  it.each([
    ['cannot be shared', [refusing, refusing]],
    ['is not taken apart by the engine', [undefined, undefined]],
  ] as const)('is cut in two where the step %s, for the same batch', async (_, engines) => {
    for (const [rank, { told, asked }] of fulfilled(await updatesOf(engines)).entries()) {
      expect(told).toEqual([{ cut: 1 + rank }, { cut: 3 + rank }]);
      expect(asked).toBe(2);
    }
  });

  it('fails where some share the step and others do not, as rank 0 tells', async () => {
    const results = await updatesOf([sharing, refusing]);
    expect(results).toMatchObject([
      {
        reason: { message: expect.stringMatching(/^ranks take a step apart in different ways: /) },
      },
      { reason: { message: 'all ranks failed' } },
    ]);
  });
});
