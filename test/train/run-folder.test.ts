import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError, OutputError } from '../../src/errors.js';
import { createRun, openRun, RunFolder, startRun } from '../../src/train/run-folder.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mixgan-runs-'));
});
afterEach(() => rm(root, { recursive: true }));

/** 5 March 2026, 07:08:09 local time. */
const now = new Date(2026, 2, 5, 7, 8, 9);
const config = { preset: 'mnist-quick', seed: 1, model: { numBlocks: 2 } };
const newRun = { preset: 'mnist-quick', now, config };

async function failure(attempt: Promise<unknown>, type: typeof InputError | typeof OutputError) {
  const thrown = await attempt.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(type);
  const { message } = thrown as Error;
  expect(message).not.toContain('\n');
  return message;
}

describe('createRun', () => {
  it('makes a folder named after the time and the preset, with the configuration', async () => {
    const run = await createRun({ ...newRun, root: join(root, 'new', 'runs') });
    expect(run.path).toBe(join(root, 'new', 'runs', '20260305-070809-mnist-quick'));
    expect(await readdir(run.path)).toEqual(['config.json']);
    expect(await readFile(run.configPath, 'utf8')).toBe(`${JSON.stringify(config, null, 2)}\n`);
  });

  it('numbers the runs that begin in the same second', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => createRun({ ...newRun, root })));
    expect(runs.map((run) => run.path).sort()).toEqual(
      ['', '-2', '-3'].map((suffix) => join(root, `20260305-070809-mnist-quick${suffix}`)),
    );
  });

  it('keeps a preset that looks like a path inside the root', async () => {
    const run = await createRun({ ...newRun, root, preset: '../my presets/a.json' });
    expect(run.path).toBe(join(root, '20260305-070809-..-my-presets-a.json'));
  });

  it('takes a folder of choice, new or empty', async () => {
    const out = join(root, 'a', 'b');
    expect((await createRun({ ...newRun, out })).path).toBe(out);
    const empty = join(root, 'empty');
    await mkdir(empty);
    expect((await openRun((await createRun({ ...newRun, out: empty })).path)).config).toEqual(
      config,
    );
  });

  it('refuses a folder of choice that holds something', async () => {
    await writeFile(join(root, 'thesis.txt'), 'precious');
    expect(await failure(createRun({ ...newRun, out: root }), OutputError)).toBe(
      `${root} is not empty; give --out a new folder, or continue that run with --resume ${root}`,
    );
    expect(await readdir(root)).toEqual(['thesis.txt']);
  });

  it('takes a folder where another was killed before it had written anything', async () => {
    const names = ['run.lock', '.mixgan-00000000-0000-4000-8000-000000000000.tmp'];
    for (const name of names) await writeFile(join(root, name), '');
    await utimes(join(root, 'run.lock'), 0, 0);
    await createRun({ ...newRun, out: root });
    expect(await readdir(root)).toEqual(['config.json']);
  });

  it('gives a folder to one of two that begin at once', async () => {
    const out = join(root, 'one');
    const attempts = await Promise.allSettled(
      [1, 2].map((seed) => startRun({ ...newRun, out, config: { seed } })),
    );
    expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const seed = attempts.findIndex(({ status }) => status === 'fulfilled') + 1;
    expect((await openRun(out)).config).toEqual({ seed });
    for (const one of attempts) if (one.status === 'fulfilled') await one.value.lock.release();
  });

  it('refuses a file in the place of a folder', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    const expected = `cannot write ${file}: it is a file, not a folder`;
    expect(await failure(createRun({ ...newRun, out: file }), OutputError)).toBe(expected);
    expect(await failure(createRun({ ...newRun, root: file }), OutputError)).toBe(expected);
  });
});

describe('openRun', () => {
  it('gives back what createRun wrote', async () => {
    const { path } = await createRun({ ...newRun, root });
    const opened = await openRun(path);
    expect(opened.config).toEqual(config);
    expect(opened.run.path).toBe(path);
  });

  it('names a folder that is not there', async () => {
    const path = join(root, 'nothing');
    expect(await failure(openRun(path), InputError)).toBe(
      `cannot read ${path}: there is no such file or folder`,
    );
  });

  it('names a folder that is not of a run', async () => {
    expect(await failure(openRun(root), InputError)).toBe(
      `${root} is not the folder of a run: it has no config.json; give the folder that training made`,
    );
  });

  it('names a broken configuration', async () => {
    const path = join(root, 'config.json');
    await writeFile(path, '{"seed":');
    expect(await failure(openRun(root), InputError)).toBe(
      `${path} is not valid JSON; restore it, or start a new run`,
    );
  });

  it('refuses a file', async () => {
    const path = join(root, 'file');
    await writeFile(path, '');
    await failure(openRun(path), InputError);
  });
});

it('gives every file of a run its place', () => {
  const run = new RunFolder('r');
  expect(run.configPath).toBe(join('r', 'config.json'));
  expect(run.metricsPath).toBe(join('r', 'metrics.jsonl'));
  expect(run.logPath).toBe(join('r', 'log.txt'));
  expect(run.checkpointPath).toBe(join('r', 'checkpoint', 'latest.safetensors'));
  expect(run.realsPath).toBe(join('r', 'reals.png'));
  expect(run.fakesPath(0)).toBe(join('r', 'fakes-000000.png'));
  expect(run.fakesPath(1_234_567)).toBe(join('r', 'fakes-1234567.png'));
});
