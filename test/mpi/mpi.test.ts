/**
 * Trainings of several processes, through each MPI that this machine has.
 */
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { set, tinyClassifier, tinyGan, writeIdxFolder } from '../cli/runs.js';
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

/** A GAN whose batches one process takes apart, too. */
const splitGan = (steps: number, out: string): string[] => [
  ...train('gan', steps, out).map((arg) => (arg === '--engine=cpu' ? '--engine=onnx' : arg)),
  ...set({ batchSize: 32, 'discriminator.channelDim': 1024 }),
];

const goOn = (run: string, steps: number): string[] => [
  ...['train', 'gan', '--resume', run, '--engine=onnx', '--steps', String(steps)],
];

/** The run of one process with `splitGan`, once somebody asks. */
const alone = (): Promise<string> => {
  trained ??= succeeding(mixgan(splitGan(3, 'alone'), { cwd })).then(() => 'alone');
  return trained;
};
let trained: Promise<string> | undefined;

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

// Each starts a dozen processes that load all of it, and a busy machine has other work.
describe.each(mpis)('$name', { timeout: 600_000 }, (mpi: Implementation, missing) => {
  const here = it.skipIf(missing !== undefined);
  if (missing !== undefined) it.skip(`is not tried: ${missing}`, () => undefined);
  const inFull = it.skipIf(missing !== undefined || mpi !== first);
  const run = (name: string): string => `${name}-${mpi.library}`;

  here('moves what sixteen processes give on two cores', async () => {
    const { stdout } = await succeeding(mpirun(mpi, 16, [child]));
    const { version, ...rest } = JSON.parse(stdout) as { readonly version: string };
    expect(rest).toEqual({ size: 16, texts: true, greatest: 15, all: true, pairs: false });
    expect(version).toMatch(new RegExp(`^${mpi.name} v?\\d`));
  });

  here('adds up what four give in pairs', async () => {
    const { stdout } = await succeeding(mpirun(mpi, 4, [child]));
    expect(JSON.parse(stdout)).toMatchObject({ size: 4, all: true, pairs: true });
  });

  here('trains to the bits of one process', async () => {
    const expected = await variablesOf(await alone());
    const out = run('two');
    // The first of them stops on the way.
    const steps = mpi === first ? 2 : 3;
    const { stderr } = await succeeding(mpiMixgan(mpi, 2, splitGan(steps, out), { cwd }));
    expect(stderr.match(/^processes: 2 on one machine, by /gm)).toHaveLength(1);
    expect(stderr.match(/^run: /gm)).toHaveLength(1);
    expect(await readFile(join(cwd, out, 'log.txt'), 'utf8')).toMatch(
      /engine: onnx .*, 2 processes$/m,
    );
    if (mpi === first) await succeeding(mpiMixgan(mpi, 2, goOn(out, 3), { cwd }));
    expectSameTensors(await variablesOf(out), expected, 0);
  });

  inFull('goes on with as many as do not share a batch evenly', async () => {
    await cp(join(cwd, await alone()), join(cwd, 'three'), { recursive: true });
    await succeeding(mpiMixgan(mpi, 3, goOn('three', 4), { cwd }));
    expect((await checkpointOf('three')).step).toBe(4);
  });

  inFull('trains a classifier as one process does, where steps are not taken apart', async () => {
    await succeeding(mixgan(train('classifier', 3, 'apart'), { cwd }));
    const args = train('classifier', 3, 'together', '--mpi', mpi.library);
    await succeeding(mpiMixgan(mpi, 2, args, { cwd }));
    expectSameTensors(await momentsOf('together'), await momentsOf('apart'), 1e-4);
  });

  inFull('trains sixteen on two cores as one process does', async () => {
    const args = (out: string) => [...train('classifier', 2, out), ...set({ batchSize: 16 })];
    await succeeding(mixgan(args('one'), { cwd }));
    await succeeding(mpiMixgan(mpi, 16, args('sixteen'), { cwd }));
    expectSameTensors(await momentsOf('sixteen'), await momentsOf('one'), 1e-4);
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
