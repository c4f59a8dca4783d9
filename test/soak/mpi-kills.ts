/**
 * Trainings of several processes in which one is killed, again and again, and which come to what one
 * comes to that never was: `node --import tsx test/soak/mpi-kills.ts [KILLS]`.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launcherOf } from '../../src/mpi/launcher.js';
import { RandomStream } from '../../src/random.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { set, tinyGan, writeIdxFolder } from '../cli/runs.js';
import { type Implementation, mpiMixgan, mpis } from '../support/mpi.js';

/** At most; a run is taken up by one or more of them, whose bits are the same. */
const mostRanks = 2;
const steps = 400;
const saveEvery = 20;
/** A killed job ends within so many milliseconds. */
const patience = 120_000;

const wanted = Number(process.argv[2] ?? 30);
const random = RandomStream.fromSeed(Number(process.argv[3] ?? 1));
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const here = mpis.filter(([, missing]) => missing === undefined).map(([mpi]) => mpi);
if (here.length === 0) throw new Error(mpis.map(([, missing]) => missing).join('; '));

const cwd = await mkdtemp(join(tmpdir(), 'mixgan-mpi-kills-'));
await writeIdxFolder(join(cwd, 'data'));

const flags = [
  ...tinyGan.map((arg) => (arg === '--engine=cpu' ? '--engine=onnx' : arg)),
  // Large enough for one process to take its batches apart, too.
  ...set({ batchSize: 32, 'discriminator.channelDim': 1024 }),
  ...set({ saveEvery, pictureEvery: 100, logEvery: 1 }),
  ...['--data', 'data', '--steps', String(steps)],
];
const checkpointOf = (run: string) =>
  loadCheckpoint(join(cwd, run, 'checkpoint', 'latest.safetensors'));
const lastLogged = async (run: string): Promise<number> => {
  const text = await readFile(join(cwd, run, 'metrics.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return lines.length === 0 ? 0 : (JSON.parse(lines.at(-1)!) as { step: number }).step;
};

/** The processes of a run that a launcher started, by rank. */
async function processesOf(run: string): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const read = (file: string) => readFile(join('/proc', pid, file), 'latin1').catch(() => '');
    const args = (await read('cmdline')).split('\0');
    if (!args.includes(run) || !args[0]!.endsWith('node')) continue;
    const env = (await read('environ')).split('\0').map((line) => line.split(/=(.*)/s, 2));
    const rank = launcherOf(Object.fromEntries(env) as Record<string, string>)?.rank;
    if (rank !== undefined) found.set(rank, Number(pid));
  }
  return found;
}

/** Starts a run or goes on with it, and kills one of its processes after a while. */
async function launch(mpi: Implementation, run: string, isNew: boolean, killAfter?: number) {
  const args = isNew
    ? ['train', 'gan', ...flags, '--out', run]
    : ['train', 'gan', '--engine=onnx', '--resume', run];
  const ranks = isNew ? mostRanks : 1 + random.integer(mostRanks);
  let killed = false;
  const timers: NodeJS.Timeout[] = [];
  const result = await mpiMixgan(mpi, ranks, args, {
    cwd,
    onStart: (child) => {
      if (killAfter === undefined) return;
      const kill = async (): Promise<void> => {
        const pid = (await processesOf(run)).get(random.integer(ranks));
        if (pid === undefined) return;
        process.kill(pid, 'SIGKILL');
        killed = true;
        timers.push(setTimeout(() => child.kill('SIGKILL'), patience));
      };
      timers.push(setTimeout(() => void kill().catch(() => undefined), killAfter));
    },
  });
  timers.forEach(clearTimeout);
  return { ...result, ranks, killed };
}

const defects: string[] = [];
const began = performance.now();
const straight = await launch(here[0]!, 'straight', true);
if (straight.code !== 0) throw new Error(straight.stderr);
const whole = performance.now() - began;
const expected = await checkpointOf('straight');
say(`undisturbed: ${steps} steps in ${(whole / 1000).toFixed(1)} s`);

let [kills, runs, resumes, mostLost] = [0, 0, 0, 0];
while (kills < wanted) {
  const run = `run-${runs++}`;
  for (let isNew = true; ; ) {
    const mpi = here[random.integer(here.length)]!;
    const mayKill = kills < wanted;
    // Some fall into the start, some after the end.
    const result = await launch(
      mpi,
      run,
      isNew,
      mayKill ? random.uniform(0.1, 0.9) * whole : undefined,
    );
    const saved = await checkpointOf(run).catch(() => undefined);
    if (saved !== undefined) isNew = false;
    else await rm(join(cwd, run), { recursive: true, force: true });
    if (result.killed) {
      kills++;
      const lost = saved === undefined ? 0 : (await lastLogged(run)) - saved.step;
      mostLost = Math.max(mostLost, lost);
      if (lost > saveEvery) defects.push(`${run}: ${lost} steps were lost`);
      if (result.code === 0 && saved?.step !== steps)
        defects.push(`${run}: ended well without a rank`);
      say(
        `kill ${kills} (${result.ranks} by ${mpi.name}): saved after step ${saved?.step ?? 'none'}, ${lost} lost`,
      );
      if (result.code !== 0) {
        resumes++;
        continue;
      }
    }
    if (result.code !== 0) {
      defects.push(`${run} ended with ${result.code}: ${result.stderr.slice(-500)}`);
      break;
    }
    if (saved?.step === steps) break;
  }
  const actual = await checkpointOf(run).catch(() => undefined);
  const isSame = [...expected.variables].every(([name, { values }]) => {
    const other = actual?.variables.get(name)?.values;
    return other !== undefined && Buffer.from(values.buffer).equals(Buffer.from(other.buffer));
  });
  if (!isSame) defects.push(`${run} came to other weights`);
}
await rm(cwd, { recursive: true });
say(
  `${kills} kills, ${resumes} resumes, ${runs} runs to their end, at most ${mostLost} steps lost of ${saveEvery}: ${defects.length} defects`,
);
for (const defect of defects) say(defect);
process.exitCode = defects.length === 0 ? 0 : 1;
