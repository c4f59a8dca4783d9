/**
 * Trainings of several processes, through each MPI that this machine has.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { tinyClassifier, tinyGan, writeIdxFolder } from '../cli/runs.js';
import { mixgan, succeeding } from '../support/cli.js';
import { expectSameTensors } from '../support/compiled.js';
import { type Implementation, mpiMixgan, mpirun, mpis } from '../support/mpi.js';

const child = fileURLToPath(new URL('ranks-child.ts', import.meta.url));

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'mixgan-mpi-'));
  await writeIdxFolder(join(cwd, 'data'));
  await mkdir(join(cwd, 'elsewhere'));
});

afterAll(async () => rm(cwd, { recursive: true }));

const train = (kind: string, steps: number, out: string, ...more: string[]): string[] => [
  ...['train', kind, ...(kind === 'gan' ? tinyGan : tinyClassifier)],
  ...['--data', 'data', '--steps', String(steps), '--out', out, ...more],
];

const checkpointOf = (run: string) =>
  loadCheckpoint(join(cwd, run, 'checkpoint', 'latest.safetensors'));

const variablesOf = async (run: string) =>
  Object.fromEntries([...(await checkpointOf(run)).variables]);

/** Of Adam's state the first moment, (1 − β₁) · g: weights go a whole step by gradients of nothing. */
const momentsOf = async (run: string) =>
  Object.fromEntries(
    Object.entries(await variablesOf(run)).filter(([name]) => name.endsWith('/m')),
  );

/** The first of them is tried in full, the others where they differ. */
const first = mpis.find(([, missing]) => missing === undefined)?.[0];

describe.each(mpis)('$name', (mpi: Implementation, missing) => {
  const here = it.skipIf(missing !== undefined);
  if (missing !== undefined) it.skip(`is not tried: ${missing}`, () => undefined);
  const inFull = it.skipIf(missing !== undefined || mpi !== first);
  const run = (name: string): string => `${name}-${mpi.library}`;

  here('moves what sixteen processes give on two cores', async () => {
    const { stdout } = await succeeding(mpirun(mpi, 16, [child]));
    const { version, ...rest } = JSON.parse(stdout) as { readonly version: string };
    expect(rest).toEqual({ size: 16, texts: true, greatest: 15, all: true });
    expect(version).toMatch(new RegExp(`^${mpi.name} v?\\d`));
  });

  here('trains as one process does, and goes on with more', async () => {
    const [one, two, resumed] = ['one', 'two', 'resumed'].map(run) as [string, string, string];
    await succeeding(mixgan(train('gan', 3, one), { cwd }));
    const { stderr } = await succeeding(mpiMixgan(mpi, 2, train('gan', 3, two), { cwd }));
    expect(stderr.match(/^processes: 2 on one machine, by /gm)).toHaveLength(1);
    expect(stderr.match(/^run: /gm)).toHaveLength(1);
    expect(await readFile(join(cwd, two, 'log.txt'), 'utf8')).toMatch(
      /engine: cpu .*, 2 processes$/m,
    );
    expectSameTensors(await momentsOf(two), await momentsOf(one), 1e-4);

    await succeeding(mpiMixgan(mpi, 2, train('gan', 2, resumed), { cwd }));
    const goOn = (steps: number): string[] => [
      ...['train', 'gan', '--resume', resumed, '--engine=cpu', '--steps', String(steps)],
    ];
    await succeeding(mpiMixgan(mpi, 2, goOn(3), { cwd }));
    expectSameTensors(await variablesOf(resumed), await variablesOf(two), 0);
    await succeeding(mpiMixgan(mpi, 3, goOn(4), { cwd }));
    expect((await checkpointOf(resumed)).step).toBe(4);
  });

  inFull('trains a classifier as one process does', async () => {
    await succeeding(mixgan(train('classifier', 3, 'alone'), { cwd }));
    const args = train('classifier', 3, 'together', '--mpi', mpi.library);
    await succeeding(mpiMixgan(mpi, 2, args, { cwd }));
    expectSameTensors(await momentsOf('together'), await momentsOf('alone'), 1e-4);
  });

  inFull('says what is wrong once, whoever finds it', async () => {
    const of = async (args: string[], code: number): Promise<string[]> => {
      const { stderr, ...result } = await mpiMixgan(mpi, 2, args, { cwd });
      expect(result.code).toBe(code);
      return stderr.split('\n').filter((line) => line.startsWith('mixgan: '));
    };
    expect(await of(train('gan', 2, 'bad', '--set', 'batchSize=1'), 2)).toEqual([
      expect.stringMatching(/^mixgan: batchSize=1: a batch cannot be shared by 2 processes/),
    ]);
    expect(await of([...train('gan', 2, 'bad'), '--bad'], 2)).toHaveLength(1);
    expect(await of(train('gan', 2, 'data'), 4)).toEqual([
      expect.stringMatching(/^mixgan: data is not empty/),
    ]);
    expect(await of(train('gan', 2, 'bad', '--mpi', '/nowhere.so'), 6)).toEqual([
      expect.stringMatching(/^mixgan: --mpi \/nowhere.so does not load/),
    ]);
  });

  here('is not mistaken for another one', async ({ skip }) => {
    const other = mpis.find(([one, lacking]) => one !== mpi && lacking === undefined)?.[0];
    if (other === undefined) return skip('there is no other MPI here');
    const args = train('gan', 2, 'foreign', '--mpi', other.library);
    const { code, stderr } = await mpiMixgan(mpi, 2, args, { cwd });
    expect(code).toBe(6);
    expect(stderr).toMatch(
      /^mixgan: .* launcher started 2 processes, and \S+ \(.*\) knows 1: it does not belong to that launcher/m,
    );
    await expect(checkpointOf('foreign')).rejects.toThrow('there is no checkpoint');
  });
});
