/**
 * A small share of `npm run soak`.
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/random.js';
import { idxImages, idxLabels, writeIdxFolder } from '../cli/runs.js';
import { killRuns } from './kills.js';
import { lanes } from './lanes.js';
import { differencesOfRuns } from './same-run.js';
import { judge, type Sample } from './steps.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'mixgan-soak-'));
  await writeIdxFolder(join(cwd, 'digits'), idxImages({ count: 64 }), idxLabels(64));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('runs that are killed', () => {
  const lane = lanes('digits').find(({ name }) => name === 'gan, cpu')!;

  it('come to what one comes to that never was', async () => {
    const random = RandomStream.fromSeed(5);
    const report = await killRuns({ cwd, lane, kills: 3, random });
    expect(report).toMatchObject({ kills: 3, defects: [] });
    expect(report.runs).toBeGreaterThan(0);
  });

  it('are told apart by any file', async () => {
    const straight = join(cwd, 'gan-cpu-straight');
    const other = join(cwd, 'other');
    await cp(straight, other, { recursive: true });
    expect(await differencesOfRuns(other, straight)).toEqual([]);
    await writeFile(join(other, 'checkpoint', '.left.tmp'), '');
    await writeFile(join(other, 'reals.png'), '');
    await rm(join(other, 'config.json'));
    expect(await differencesOfRuns(other, straight)).toEqual([
      `${join('checkpoint', '.left.tmp')} is left over`,
      'config.json is missing',
      'reals.png differs',
    ]);
  });
});

describe('very many steps', () => {
  const samples = (change: (share: number) => Partial<Sample> = () => ({})): Sample[] =>
    Array.from({ length: 200 }, (_, i) => ({
      ...{ step: 500 * (i + 1), bytes: 3e8, handles: 40, msPerStep: 1 },
      ...change((i + 1) / 200),
    }));

  it('may take more while they begin, and now and then', () => {
    expect(judge(samples()).defects).toEqual([]);
    const uneven = samples((share) => ({
      bytes: share === 1 || share < 0.1 ? 6e8 : 3e8,
      msPerStep: share === 0.96 ? 9 : 1,
      handles: share < 0.05 ? 20 : 40,
    }));
    expect(judge(uneven).defects).toEqual([]);
  });

  it('may not take ever more', () => {
    const growing = samples((share) => ({ bytes: 3e8 * (1 + 0.1 * share) }));
    expect(judge(growing).defects).toEqual(['memory grew by 8.4%']);
    const slowing = samples((share) => ({ msPerStep: 1 + share }));
    expect(judge(slowing).defects).toEqual(['steps became slower by 75%']);
    const opening = samples((share) => ({ handles: share > 0.5 ? 41 : 40 }));
    expect(judge(opening).defects).toEqual(['40 to 41 files were open']);
  });
});
