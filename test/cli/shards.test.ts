/**
 * Work in parts, by jobs that know nothing of each other, and a table of what came of them.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pointsOf } from '../../src/cli/commands/sweep.js';
import { parseShard } from '../../src/family/flags.js';
import { mixgan, succeeding } from '../support/cli.js';
import { trainTiny, writeIdxFolder } from './runs.js';

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'mixgan-shards-'));
  await writeIdxFolder(join(cwd, 'data'));
  await trainTiny('classifier', 'names', 'data', cwd);
  await trainTiny('gan', 'draws', 'data', cwd);
});

afterAll(async () => rm(cwd, { recursive: true }));

const done = (...args: string[]) => succeeding(mixgan(args, { cwd }));
const json = async (...args: string[]) => JSON.parse((await done(...args, '--json')).stdout);

const failing = async (code: number, ...args: string[]): Promise<string> => {
  const { code: actual, stderr } = await mixgan(args, { cwd });
  expect(actual).toBe(code);
  return stderr;
};

it('a shard is I/N, I from 0 to N − 1', () => {
  expect(parseShard('0/1')).toEqual({ rank: 0, size: 1 });
  expect(parseShard('6/7')).toEqual({ rank: 6, size: 7 });
  for (const bad of ['1/1', '7/7', '-1/2', '0/0', '1', '1/', 'a/b', '0/2/3', '']) {
    expect(parseShard(bad)).toBeUndefined();
  }
});

describe('mixgan merge', () => {
  it('makes one evaluation of its parts', async () => {
    const evaluate = ['evaluate', 'names', '--engine=cpu'];
    const whole = await json(...evaluate);
    // The carved test part is small: two parts of different sizes.
    for (const index of [0, 1]) {
      const part = await json(...evaluate, `--shard=${index}/2`);
      expect(part.part).toEqual({ kind: 'classifier', index, of: 2 });
      expect(part.count).toBeLessThan(whole.count);
      await writeFile(join(cwd, `part-${index}.json`), JSON.stringify(part));
    }
    await done('merge', 'part-1.json', 'part-0.json', '--out', 'whole.json');
    const merged = JSON.parse(await readFile(join(cwd, 'whole.json'), 'utf8'));
    expect(merged.crossEntropy).toBeCloseTo(whole.crossEntropy, 10);
    expect({ ...merged, crossEntropy: 0 }).toEqual({ ...whole, crossEntropy: 0 });

    expect(await failing(3, 'merge', 'part-1.json', '--out', 'x.json')).toMatch(
      /of 2 parts 0 is missing/,
    );
    const twice = ['part-1.json', 'part-1.json', 'part-0.json'];
    expect(await failing(3, 'merge', ...twice, '--out', 'x.json')).toMatch(/are both part 1/);
    expect(await failing(3, 'merge', 'names/config.json', '--out', 'x.json')).toMatch(
      /config\.json: part/,
    );
    expect(await failing(2, 'merge', 'part-1.json', '--out', 'x.npy')).toMatch(
      /part-1\.json is no \.npy file/,
    );
    expect(await failing(2, ...evaluate, '--shard=0/100')).toMatch(/this part has none/);
    expect(await failing(2, ...evaluate, '--shard=2/2')).toMatch(/give I\/N/);
  }, 300_000);

  it('makes the evaluation of a GAN of its parts, as one job would have', async () => {
    const evaluate = ['evaluate', 'draws', '--extractor=names', '--engine=cpu'];
    const names = [0, 1, 2].map((index) => `g-${index}.safetensors`);
    const part = (index: number, ...more: string[]): string[] => [
      ...evaluate,
      ...[`--shard=${index}/3`, '--out', names[index]!, ...more],
    ];
    const whole = done(...evaluate, '--save');
    const first = await json(...part(0));
    expect(first).toMatchObject({
      ...{ file: names[0], part: { kind: 'gan', index: 0, of: 3 }, run: 'draws', step: 2 },
      images: { generated: 2, training: 5, heldOut: 1 },
    });
    expect((await done(...part(1))).stdout).toMatch(
      /^part 1 of 3, counted from 0: 3 of 8 generated images, 5 of 16 training images and 1 of 4 held-out/,
    );
    expect(await failing(3, 'merge', names[0]!, names[1]!, '--out', 'g.json')).toMatch(
      /of 3 parts 2 is missing/,
    );
    await done(...part(2, '--temperature=2'));
    expect(await failing(3, 'merge', ...names, '--out', 'g.json')).toMatch(
      /g-2.*of another model.* than g-0.*: temperature 2, not 1/,
    );
    await done(...part(2));
    await done('merge', ...names.toReversed(), '--out', 'g.json');
    await whole;
    const [merged, saved] = await Promise.all(
      ['g.json', 'draws/evaluation.json'].map((name) => readFile(join(cwd, name), 'utf8')),
    );
    expect(merged).toBe(saved);

    expect(await failing(2, ...part(0, '--save'))).toMatch(/--save with --shard: .* mixgan merge/);
  }, 300_000);

  it('puts pictures one after the other, by the numbers in their names', async () => {
    const sample = ['sample', 'draws', '--count=11', '--engine=cpu', '--truncation=0.7'];
    await done(...sample, '--out', 'all.npy');
    const parts = Array.from({ length: 11 }, (_, i) => i);
    const names = parts.map((i) => `p-${i}.npy`);
    // Two digits in a name come after one.
    for (const i of [0, 2, 10]) await done(...sample, `--shard=${i}/11`, '--out', names[i]!);
    await done('merge', 'p-10.npy', 'p-2.npy', 'p-0.npy', '--out', 'some.npy');
    const [all, some] = await Promise.all(
      ['all.npy', 'some.npy'].map((name) => readFile(join(cwd, name))),
    );
    const size = 64;
    const at = (file: Buffer, count: number, i: number) =>
      file.subarray(file.length - (count - i) * size, file.length - (count - i - 1) * size);
    [0, 2, 10].forEach((i, place) => {
      expect(at(some!, 3, place).equals(at(all!, 11, i))).toBe(true);
    });
    await writeFile(join(cwd, 'cut.npy'), all!.subarray(0, all!.length - 1));
    expect(await failing(3, 'merge', 'cut.npy', '--out', 'x.npy')).toMatch(/cut\.npy is damaged/);
  });
});

describe('mixgan sweep', () => {
  it('has a training for every combination, the last key changing first', () => {
    const points = pointsOf({ 'optimiser.rate': [0.1, 0.2], seed: [0, 1, 2] });
    expect(points).toHaveLength(6);
    expect(points[4]).toEqual({
      index: 4,
      name: '4-rate=0.2-seed=1',
      keys: { 'optimiser.rate': 0.2, seed: 1 },
    });
    expect(pointsOf({ a: [['x', { y: 1 }]] })[0]!.name).toBe('0-a=_x_y_1_');
  });

  it('trains one of them, goes on with it, and tells of all in a table', async () => {
    const model = { patch: 4, channels: 8, tokenDim: 4, channelDim: 8, numBlocks: 1 };
    const sweep = {
      train: 'classifier',
      out: 'sweep',
      set: { data: 'data', batchSize: 8, steps: 2, logEvery: 1, model },
      vary: { 'optimiser.rate': [0.01, 0.02], seed: [5, 6] },
    };
    await writeFile(join(cwd, 'sweep.json'), JSON.stringify(sweep));
    expect((await done('sweep', 'sweep.json', '--list')).stdout.split('\n')).toHaveLength(6);
    for (const index of [0, 3])
      await done('sweep', 'sweep.json', `--index=${index}`, '--engine=cpu');
    // Queued again.
    const { stderr } = await done('sweep', 'sweep.json', '--index=3', '--engine=cpu');
    expect(stderr).toMatch(/was finished after step 2/);
    const config = JSON.parse(
      await readFile(join(cwd, 'sweep', '3-rate=0.02-seed=6', 'config.json'), 'utf8'),
    );
    expect(config).toMatchObject({ seed: 6, batchSize: 8, optimiser: { rate: 0.02 } });

    const runs = ['sweep/0-rate=0.01-seed=5', 'sweep/3-rate=0.02-seed=6'];
    const rows = await json('report', ...runs);
    expect(rows).toMatchObject([
      { run: runs[0], steps: 2, keys: { 'optimiser.rate': '0.01', seed: '5' } },
      { run: runs[1], steps: 2, keys: { 'optimiser.rate': '0.02', seed: '6' } },
    ]);
    expect(Object.keys(rows[0].metrics)).toEqual(['testAccuracy', 'testCrossEntropy']);
    const { stdout } = await done('report', ...runs, '--metric', 'loss');
    expect(stdout.split('\n')[0]).toMatch(/^run +.*steps +loss$/);
    expect(await failing(2, 'report', ...runs, '--metric', 'los')).toMatch(/--metric los: no run/);
    expect(await failing(2, 'report', ...runs, '--out', 'x.html')).toMatch(
      /--out is for the report of one/,
    );
    expect(await failing(2, 'sweep', 'sweep.json', '--index=4')).toMatch(/has 4 trainings, 0 to 3/);
    await writeFile(join(cwd, 'bad.json'), JSON.stringify({ ...sweep, varied: {} }));
    expect(await failing(3, 'sweep', 'bad.json', '--index=0')).toMatch(/bad\.json: .*varied/);
  });
});
