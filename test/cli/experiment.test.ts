/**
 * `mixgan experiment permutation`
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { mixgan, succeeding } from '../support/cli.js';
import { expectWellFormed } from '../support/markup.js';
import { idxImages, writeIdxFolder } from './runs.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-experiment-'));
  await writeIdxFolder(join(folder, 'digits'));
  await writeIdxFolder(join(folder, 'odd'), idxImages({ side: 10 }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const experiment = (...args: string[]) =>
  mixgan(['experiment', 'permutation', '--engine=cpu', ...args], { cwd: folder });

const small = ['--data=digits', '--archs=cnn', '--steps=2'];
const trials = ['cnn-original-0', 'cnn-patches-0', 'cnn-pixels-0'];

it('trains on every version, draws and tabulates, and goes on where it was stopped', async () => {
  const { stdout } = await succeeding(experiment(...small, '--out=one'));
  expect(stdout).toMatch(/^\| {2}\| as they are \|.*\n.*\n\| cnn \| \d+\.\d\d% \|/);
  expect((await readdir(join(folder, 'one'))).sort()).toEqual([
    ...trials,
    'config.json',
    'permutation.json',
    'permutation.md',
    'permutation.svg',
  ]);
  expectWellFormed(await readFile(join(folder, 'one', 'permutation.svg'), 'utf8'));
  const results = await readFile(join(folder, 'one', 'permutation.json'), 'utf8');
  expect(JSON.parse(results)).toMatchObject({
    ...{ archs: ['cnn'], seeds: [0], steps: 2, data: 'digits' },
    results: ['original', 'patches', 'pixels'].map((shuffle) => ({
      ...{ arch: 'cnn', shuffle, seed: 0, accuracy: expect.any(Number) },
      points: [0, 1, 2].map((step) => [step, expect.any(Number)]),
    })),
  });

  // As if it had been killed before the first checkpoint of the last trial.
  await rm(join(folder, 'one', 'cnn-pixels-0', 'checkpoint'), { recursive: true });
  await rm(join(folder, 'one', 'permutation.json'));
  const finished = join(folder, 'one', 'cnn-patches-0', 'checkpoint', 'latest.safetensors');
  const { mtimeMs } = await stat(finished);
  const resumed = await succeeding(experiment('--resume=one', '--json'));
  expect((await stat(finished)).mtimeMs).toBe(mtimeMs);
  expect(await readFile(join(folder, 'one', 'permutation.json'), 'utf8')).toBe(results);
  expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse(results));
});

it.skipIf(process.platform === 'win32')('says how to go on when it is interrupted', async () => {
  const stopped = await mixgan(
    ['experiment', 'permutation', '--engine=cpu', ...small, '--steps=5000', '--out=two'],
    {
      cwd: folder,
      onStart: (child) => {
        let asked = false;
        child.stderr!.on('data', (text: string) => {
          // Once: what was stopped says its last step again, and no longer listens.
          if (!asked && /step \d+\/5,000/.test(text)) asked = child.kill('SIGINT');
        });
      },
    },
  );
  expect(stopped.code).toBe(ExitCode.interrupted);
  expect(stopped.stderr).toMatch(/stopped after step \d+; to go on, add --resume two\n$/);
  expect(await readdir(join(folder, 'two'))).toEqual(['cnn-original-0', 'config.json']);
});

it.each([
  ['other settings with --resume', ['--resume=one', '--steps=3'], ExitCode.usage, /--steps/],
  ['an architecture there is not', ['--archs=cnn,lstm'], ExitCode.usage, /lstm.*mixer, resmlp/],
  ['images without whole patches', ['--data=odd'], ExitCode.usage, /10×10.*4×4/],
  ['a folder that is no experiment', ['--resume=digits'], ExitCode.input, /config\.json/],
])('refuses %s, and makes no folder', async (_, args, code, says) => {
  const before = (await readdir(folder)).sort();
  const result = await experiment(...args);
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toMatch(says);
  expect((await readdir(folder)).sort()).toEqual(before);
});
