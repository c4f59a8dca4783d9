/**
 * The scripts for Slurm, with programs in place of Slurm's that show what they were asked.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../support/cli.js';

const folder = fileURLToPath(new URL('../../cluster/', import.meta.url));
let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'mixgan-slurm-'));
  await mkdir(join(cwd, 'bin'));
  await writeFile(join(cwd, 'bin', 'srun'), '#!/bin/bash\nprintf "%s\\n" "$@"\n');
  await chmod(join(cwd, 'bin', 'srun'), 0o755);
});

afterAll(async () => rm(cwd, { recursive: true }));

/** The words that srun is given. */
async function asked(script: string, args: readonly string[], env: readonly string[]) {
  const path = `PATH=${join(cwd, 'bin')}${delimiter}${process.env.PATH}`;
  const { stdout, stderr, code } = await run(
    'env',
    [path, ...env, 'bash', join(folder, script), ...args],
    { cwd },
  );
  return { words: stdout.split('\n').slice(0, -1), stderr, code };
}

const job = ['SLURM_JOB_NAME=mixgan', 'SLURM_JOB_ID=7'];

it.skipIf(process.platform === 'win32')(
  'train.slurm begins a run, and goes on with it',
  async () => {
    const args = ['gan', '--preset', 'mnist'];
    const mixgan = ['--mpi=pmix', 'node_modules/.bin/mixgan', 'train', 'gan'];
    const first = await asked('train.slurm', args, job);
    expect(first).toEqual({
      words: [...mixgan, '--preset', 'mnist', '--out', 'runs/mixgan-7'],
      stderr: '',
      code: 0,
    });
    await mkdir(join(cwd, 'runs', 'mixgan-7'), { recursive: true });
    await writeFile(join(cwd, 'runs', 'mixgan-7', 'config.json'), '{}');
    expect((await asked('train.slurm', args, job)).words).toEqual([
      ...mixgan,
      '--resume',
      'runs/mixgan-7',
    ]);
    expect((await asked('train.slurm', [], job)).stderr).toMatch('which kind of model');
  },
);

it.skipIf(process.platform === 'win32')(
  'sweep.slurm trains the combination of its place',
  async () => {
    const env = ['SLURM_ARRAY_TASK_ID=3', 'SLURM_CPUS_PER_TASK=4'];
    const { words } = await asked('sweep.slurm', ['sweep.json'], env);
    expect(words).toEqual([
      ...['--ntasks=1', 'node_modules/.bin/mixgan', 'sweep', 'sweep.json'],
      ...['--index', '3', '--engine', 'onnx', '--threads', '4'],
    ]);
  },
);
