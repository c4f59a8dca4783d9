/**
 * Runs that are started again by people and by loops that know nothing: beside one that is running,
 * before there is a checkpoint, after the end, after their configuration was edited.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { thisProcess } from '../../src/owner.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { type CliResult, mixgan, succeeding } from '../support/cli.js';
import { set, tinyClassifier, writeIdxFolder } from './runs.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-restart-'));
  await writeIdxFolder(join(folder, 'digits'));
  await succeeding(start('finished', '--steps=6'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const train = (args: readonly string[], onStart?: (child: ChildProcess) => void) =>
  mixgan(['train', 'classifier', ...args], { cwd: folder, ...(onStart && { onStart }) });

const start = (run: string, ...more: string[]): Promise<CliResult> =>
  train([...tinyClassifier, '--data=digits', '--out', run, ...set({ saveEvery: 4 }), ...more]);

const resume = (run: string, ...more: string[]): Promise<CliResult> =>
  train(['--engine=cpu', '--resume', run, ...more]);

const files = async (run: string): Promise<string[]> => (await readdir(join(folder, run))).sort();

const weightsOf = async (run: string) =>
  (await loadCheckpoint(join(folder, run, 'checkpoint', 'latest.safetensors'))).variables;

it.skipIf(process.platform === 'win32')(
  'a run that is running is left alone, and ends by SIGTERM with 143',
  async () => {
    let child!: ChildProcess;
    const running = train(
      [...tinyClassifier, '--data=digits', '--out=busy', '--steps=100000'],
      (started) => {
        child = started;
      },
    );
    try {
      const metrics = join(folder, 'busy', 'metrics.jsonl');
      while (!(await readFile(metrics, 'utf8').catch(() => '')).includes('"step":5,')) {
        await sleep(10);
      }
      const second = await resume('busy');
      expect(second).toMatchObject({ code: ExitCode.output, stdout: '' });
      expect(second.stderr).toMatch(
        new RegExp(`^mixgan: busy is being trained by process ${child.pid} on [^\\n]*\\n$`),
      );
      const third = await start('busy');
      expect(third).toMatchObject({ code: ExitCode.output, stdout: '' });
    } finally {
      child.kill('SIGTERM');
    }
    expect(await running).toMatchObject({ code: 143, signal: null });
    expect(await files('busy')).not.toContain('run.lock');
  },
);

it('a run that was killed before its first checkpoint starts over', async () => {
  await succeeding(start('early', '--steps=6'));
  await rm(join(folder, 'early', 'checkpoint'), { recursive: true });
  const pid = 2 ** 22 + 1;
  const lock = { ...thisProcess(), pid, token: '', since: '' };
  await writeFile(join(folder, 'early', 'run.lock'), JSON.stringify(lock));
  const { stderr } = await succeeding(resume('early'));
  expect(stderr).toContain(`early was left by process ${pid} on ${lock.host} that is gone; `);
  expect(stderr).toContain('\nearly was stopped before its first checkpoint; it starts over\n');
  expect(await files('early')).toEqual(await files('finished'));
  expect(await weightsOf('early')).toEqual(await weightsOf('finished'));
  const lines = (await readFile(join(folder, 'early', 'metrics.jsonl'), 'utf8')).split('\n');
  expect(lines.filter((line) => line.includes('"step":6,"seconds"'))).toHaveLength(2);
});

it('a run that is finished says so, again and again', async () => {
  const weights = await weightsOf('finished');
  for (const more of [[], ['--steps=6']]) {
    const { stdout, stderr } = await succeeding(resume('finished', ...more));
    expect(stderr).toContain(
      '\nwas finished after step 6; to go on, add --steps with a larger number\n',
    );
    expect(stdout).toMatch(/^\d+(\.\d+)?% of the held-out images are recognised/);
  }
  expect(await weightsOf('finished')).toEqual(weights);
});

it('a configuration that was edited is refused by the keys that differ', async () => {
  const path = join(folder, 'finished', 'config.json');
  const text = await readFile(path, 'utf8');
  const config = JSON.parse(text) as { batchSize: number; optimiser: { rate: number } };
  const { batchSize, optimiser } = config;
  const { rate } = optimiser;
  await writeFile(
    path,
    JSON.stringify({ ...config, batchSize: 4, optimiser: { ...optimiser, rate: 0.5 } }),
  );
  const { code, stderr } = await resume('finished', '--steps=7');
  expect(code).toBe(ExitCode.input);
  expect(stderr).toContain(
    `config.json was changed since the run began: batchSize is 4, was ${batchSize}; optimiser.rate is 0.5, was ${rate}; `,
  );
  await writeFile(path, JSON.stringify({ ...config, data: './digits' }));
  const moved = await succeeding(resume('finished'));
  expect(moved.stderr).toContain('images: "./digits", where the run began with "digits"\n');
  await writeFile(path, text);
});
