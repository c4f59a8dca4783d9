import { describe, expect, it } from 'vitest';
import { float32, int32 } from '../../src/compile/step.js';
import { DivergedError, OutputError } from '../../src/errors.js';
import { broadcastCheckpoint } from '../../src/train/broadcast.js';
import { checksum, requireSame, strays } from '../../src/train/drift.js';
import { Team, ToldError } from '../../src/train/team.js';
import { worldsOf } from '../support/worlds.js';

/** What each rank of a team comes to. */
const each = <T>(
  size: number,
  task: (team: Team) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> =>
  Promise.allSettled(worldsOf(size).map((world) => task(new Team(world))));

const values = <T>(results: readonly PromiseSettledResult<T>[]): T[] =>
  results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });

const reasons = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.map((result) => (result.status === 'rejected' ? result.reason : undefined));

describe('a team', () => {
  it('goes on where all went well, each with its own result', async () => {
    const results = await each(3, (team) => team.together(() => `rank ${team.rank}`));
    expect(values(results)).toEqual(['rank 0', 'rank 1', 'rank 2']);
  });

  it('agrees on the greatest number', async () => {
    expect(values(await each(3, (team) => team.agree(() => [2, 0, 1][team.rank]!)))).toEqual([
      2, 2, 2,
    ]);
  });

  it('ends everywhere where one fails, with its exit code, and its words once', async () => {
    const disk = new OutputError('the disk is full');
    const teams: Team[] = [];
    const results = await each(3, (team) => {
      teams.push(team);
      return team.lead(() => Promise.reject(disk));
    });
    const [first, ...others] = reasons(results);
    expect(first).toBe(disk);
    for (const other of others) {
      expect(other).toBeInstanceOf(ToldError);
      expect((other as ToldError).exitCode).toBe(disk.exitCode);
    }
    expect(teams.every(({ isEnding }) => isEnding)).toBe(true);
  });

  it('lets the first of those that fail tell', async () => {
    const results = await each(4, (team) =>
      team.together(() => {
        if (team.rank % 2 === 1) throw new DivergedError(`rank ${team.rank}`);
      }),
    );
    const told = reasons(results).map((reason) => (reason as Error).message);
    expect(told[1]).toBe('rank 1');
    expect(reasons(results).filter((reason) => reason instanceof ToldError)).toHaveLength(3);
  });

  it('knows what rank 0 knows', async () => {
    const results = await each(3, (team) => team.shared(() => ({ by: team.rank })));
    expect(values(results)).toEqual([{ by: 0 }, { by: 0 }, { by: 0 }]);
    expect(values(await each(2, (team) => team.shared(() => undefined)))).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('takes means by weight', async () => {
    const results = await each(2, (team) =>
      team.mean({ a: [1, 4][team.rank]!, b: 7 }, [1, 2][team.rank]!),
    );
    for (const mean of values(results)) expect(mean).toEqual({ a: 3, b: 7 });
  });

  it('gives a checkpoint to all', async () => {
    const variables = new Map([
      ['weights', float32([2, 2], Float32Array.of(1, 2, 3, Number.NaN))],
      ['count', int32([1], Int32Array.of(5))],
      ['none', float32([0], new Float32Array())],
    ]);
    const loaded = { path: 'p', kind: 'k', step: 7, config: { a: [1] }, variables };
    const results = await each(3, (team) =>
      broadcastCheckpoint(team, team.isFirst ? loaded : undefined),
    );
    for (const got of values(results)) expect(got).toEqual(loaded);
    expect(values(await each(2, (team) => broadcastCheckpoint(team, undefined)))).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('ranks that drift apart', () => {
  const weights = (last: number) => new Map([['w', float32([3], Float32Array.of(1, 2, last))]]);

  it('are named, and all end', async () => {
    const results = await each(3, (team) =>
      requireSame(team, weights(team.rank === 1 ? 3.0000002 : 3), 40),
    );
    const [first, ...others] = reasons(results);
    expect((first as Error).message).toMatch(/^after step 40 rank 1 holds other weights .* 3: /);
    expect(others.every((other) => other instanceof ToldError)).toBe(true);
    expect(reasons(await each(3, (team) => requireSame(team, weights(3), 40)))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are those that differ from most, or from rank 0', () => {
    expect(strays(['a', 'b', 'b'])).toEqual([0]);
    expect(strays(['a', 'b'])).toEqual([1]);
    expect(strays(['a', 'a'])).toEqual([]);
  });

  it('differ in their checksum by any bit, and by its place', () => {
    const base = Float32Array.from({ length: 50 }, (_, i) => Math.sin(i));
    const of = (list: Float32Array) => checksum(new Map([['w', float32([list.length], list)]]));
    const sums = new Set([of(base)]);
    const words = new Uint32Array(base.buffer);
    for (let bit = 0; bit < 32 * words.length; bit++) {
      words[bit >> 5]! ^= 1 << (bit & 31);
      sums.add(of(base));
      words[bit >> 5]! ^= 1 << (bit & 31);
    }
    sums.add(of(base.toReversed()));
    expect(sums.size).toBe(32 * words.length + 2);
  });
});
