import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { type CliResult, mixgan, succeeding } from '../support/cli.js';
import { set, tinyClassifier, tinyGan, writeIdxFolder } from './runs.js';

const steps = 30;

/** Checkpoints at 8, 16, 24, 30, so that a kill after step 11 loses some steps. */
const often = ['--data=digits', `--steps=${steps}`, ...set({ saveEvery: 8 })];

const kinds = [
  {
    kind: 'gan',
    // The penalty is taken at every third step, the pictures are drawn at every seventh.
    flags: [...tinyGan, ...often, ...set({ pictureEvery: 7 })],
  },
  {
    kind: 'classifier',
    flags: [
      ...tinyClassifier,
      ...often,
      ...set({
        mixupAlpha: 0.4,
        augmentation: { rotateDegrees: 20, translatePixels: 1, scale: 0.2 },
        evaluateEvery: 7,
        emaDecay: 0.9,
        accumulate: 2,
        stochasticDepth: 0.3,
        clipNorm: 1,
      }),
    ],
  },
] as const;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-resume-'));
  await writeIdxFolder(join(folder, 'digits'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.concurrent.each(kinds)('a $kind', ({ kind, flags }) => {
  const train = (...args: string[]): Promise<CliResult> =>
    mixgan(['train', kind, ...args], { cwd: folder });

  /** Starts a run, and sends it a signal in the middle. */
  const stopped = (run: string, signal: NodeJS.Signals): Promise<CliResult> =>
    mixgan(['train', kind, ...flags, '--out', run], {
      cwd: folder,
      onStart: (child) => void signalAfterStep(child, signal, join(folder, run), 11),
    });

  const resume = (run: string): Promise<CliResult> =>
    succeeding(train('--engine=cpu', '--resume', run));

  beforeAll(() => succeeding(train(...flags, '--out', `${kind}-straight`)));

  it('that is killed goes on as if it never stopped', async () => {
    const run = `${kind}-killed`;
    expect(await stopped(run, 'SIGKILL')).toMatchObject({ code: null, signal: 'SIGKILL' });
    const { step } = await loadCheckpoint(checkpointOf(run));
    expect([8, 16, 24]).toContain(step);
    await resume(run);
    await expectSameRun(run, `${kind}-straight`);
    const log = await readFile(join(folder, run, 'log.txt'), 'utf8');
    const lines = log.trimEnd().split('\n');
    expect(lines.filter((line) => !line.endsWith('% recognised, the best so far'))).toEqual([
      expect.stringMatching(/^\S+Z engine: cpu on /),
      expect.stringMatching(/^\S+Z started$/),
      expect.stringMatching(/^\S+Z engine: cpu on /),
      expect.stringMatching(new RegExp(`^\\S+Z resumed after step ${step}$`)),
      expect.stringMatching(new RegExp(`^\\S+Z finished after step ${steps}$`)),
    ]);
  });

  it.skipIf(process.platform === 'win32')(
    'that is interrupted saves, says how to go on, and does so',
    async () => {
      const run = `${kind}-interrupted`;
      const { code, stdout, stderr } = await stopped(run, 'SIGINT');
      expect({ code, stdout }).toEqual({ code: ExitCode.interrupted, stdout: '' });
      const { step } = await loadCheckpoint(checkpointOf(run));
      expect(step).toBeGreaterThanOrEqual(11);
      expect(step).toBeLessThan(steps);
      expect(stderr).toContain('finishing the step and saving; press Ctrl-C again to quit now\n');
      expect(stderr.trimEnd().split('\n').at(-1)).toBe(
        `stopped after step ${step}; to go on, add --resume ${run}`,
      );
      await resume(run);
      await expectSameRun(run, `${kind}-straight`);
    },
  );

  it('that has no time left stops, saved, and can go on', async () => {
    const run = `${kind}-short`;
    const everyStep = set({ [kind === 'gan' ? 'pictureEvery' : 'evaluateEvery']: 1 });
    const limits = ['--minutes=1e-6', '--steps=3'];
    const first = await succeeding(train(...flags, ...everyStep, ...limits, '--out', run));
    expect(first.stdout).toBe('');
    expect(first.stderr).toMatch(
      / minutes are up after step 1 of 3; to go on, add --resume \S+\n$/,
    );

    const second = await succeeding(train('--engine=cpu', '--resume', run, '--json'));
    expect(JSON.parse(second.stdout)).toMatchObject({ run, outcome: 'finished', steps: 3 });
    // A classifier's evaluations have lines of their own.
    const logged = (await metricsOf(run)).map(({ step }) => step);
    expect(logged).toEqual(kind === 'gan' ? [1, 2, 3] : [0, 1, 1, 2, 2, 3, 3]);
  });

  it('that had no time left goes on as if it never stopped', async () => {
    const run = `${kind}-late`;
    const first = await succeeding(train(...flags, '--minutes=1e-6', '--out', run));
    expect(first.stderr).toContain(` minutes are up after step 1 of ${steps}; `);
    await resume(run);
    await expectSameRun(run, `${kind}-straight`);
  });

  it('that is finished can take more steps', async () => {
    const run = `${kind}-longer`;
    await succeeding(train(...flags, '--steps=2', '--out', run));
    const more = await succeeding(train('--engine=cpu', '--resume', run, '--steps=3'));
    expect(more.stderr).toMatch(/\nfinished after step 3\n$/);
    expect(await loadCheckpoint(checkpointOf(run))).toMatchObject({ step: 3 });
  });
});

describe('a classifier that was trained', () => {
  it('stops early when nothing gets better, keeps its best, and stays stopped', async () => {
    // At a rate of nothing every evaluation is like the first.
    const still = set({ 'optimiser.rate': 1e-9, patience: 2, emaDecay: 0 });
    const { stdout, stderr } = await succeeding(
      mixgan(['train', 'classifier', ...kinds[1].flags, ...still, '--out=early', '--json'], {
        cwd: folder,
      }),
    );
    const said = 'stopped after step 21: 2 evaluations in a row were no better than the';
    expect(stderr).toContain(said);
    const result = JSON.parse(stdout) as { best: { step: number; accuracy: number } };
    expect(result).toMatchObject({ outcome: 'stopped early', steps: 21, best: { step: 7 } });
    expect((await loadCheckpoint(bestOf('early'))).step).toBe(7);
    const again = await succeeding(
      mixgan(['train', 'classifier', '--resume=early'], { cwd: folder }),
    );
    expect(again.stderr).toContain(said);
    expect((await loadCheckpoint(checkpointOf('early'))).step).toBe(21);
  });

  it('keeps its best weights, the averaged ones', async () => {
    const run = 'classifier-straight';
    const { step, variables } = await loadCheckpoint(bestOf(run));
    const records = (await metricsOf(run)) as { step: number; testAccuracy?: number }[];
    const scores = records.filter(
      ({ step, testAccuracy }) => step > 0 && testAccuracy !== undefined,
    );
    const highest = Math.max(...scores.map(({ testAccuracy }) => testAccuracy!));
    expect(step).toBe(scores.find(({ testAccuracy }) => testAccuracy === highest)!.step);
    expect([...variables.keys()].every((name) => name.startsWith('average/'))).toBe(true);
    const flags = ['evaluate', run, '--engine=cpu', '--json'];
    const evaluated = await Promise.all(
      [['--best'], []].map((more) => succeeding(mixgan([...flags, ...more], { cwd: folder }))),
    );
    const [best, last] = evaluated.map(({ stdout }) => JSON.parse(stdout) as { accuracy: number });
    expect(best).toMatchObject({ step, accuracy: highest });
    expect(last).toMatchObject({ step: steps, accuracy: scores.at(-1)!.testAccuracy });
  });
});

/** Sends `signal` once the metrics of `step` are on the disk. */
async function signalAfterStep(
  child: ChildProcess,
  signal: NodeJS.Signals,
  run: string,
  step: number,
): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const metrics = await readFile(join(run, 'metrics.jsonl'), 'utf8').catch(() => '');
    if (metrics.includes(`{"step":${step},`)) {
      child.kill(signal);
      return;
    }
    await sleep(5);
  }
}

const bestOf = (run: string): string => join(folder, run, 'checkpoint', 'best.safetensors');
const checkpointOf = (run: string): string => join(folder, run, 'checkpoint', 'latest.safetensors');

/** Every variable bit for bit, every metric but the time, every picture. */
async function expectSameRun(resumed: string, straight: string): Promise<void> {
  const [found, wanted] = await Promise.all(
    [resumed, straight].map((run) => loadCheckpoint(checkpointOf(run))),
  );
  expect(found!.step).toBe(steps);
  expect([...found!.variables.keys()]).toEqual([...wanted!.variables.keys()]);
  for (const [name, { values }] of wanted!.variables) {
    expect(bits(found!.variables.get(name)!.values).equals(bits(values)), name).toBe(true);
  }
  if (wanted!.kind === 'classifier') {
    const [best, wantedBest] = await Promise.all(
      [resumed, straight].map((run) => loadCheckpoint(bestOf(run))),
    );
    expect({ step: best!.step, variables: best!.variables }).toEqual({
      step: wantedBest!.step,
      variables: wantedBest!.variables,
    });
  }
  expect(await metricsOf(resumed)).toEqual(await metricsOf(straight));

  const names = (await readdir(join(folder, straight))).sort();
  expect((await readdir(join(folder, resumed))).sort()).toEqual(names);
  for (const name of [...names.filter((name) => name.endsWith('.png')), 'config.json']) {
    const [a, b] = await Promise.all(
      [resumed, straight].map((run) => readFile(join(folder, run, name))),
    );
    expect(a!.equals(b!), name).toBe(true);
  }
}

const bits = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** The lines of metrics without the time they took, which is checked to grow, or waited. */
async function metricsOf(run: string): Promise<{ step: number }[]> {
  const text = await readFile(join(folder, run, 'metrics.jsonl'), 'utf8');
  const records = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: number; seconds: number; dataWait?: number });
  const times = records.map(({ seconds }) => seconds);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  return records.map(({ seconds: _, dataWait: __, ...rest }) => rest);
}
