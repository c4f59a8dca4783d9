/**
 * Commands that several processes run together.
 */
import { launcherOf } from '../mpi/launcher.js';
import { Team } from '../train/team.js';
import { codeOf, fail } from './failure.js';
import { say } from './output.js';

export interface Together {
  readonly team: Team;
  /** Cores that are this process's alone; undefined where all are. */
  readonly cores: number | undefined;
  /** A line for the user, of rank 0. */
  readonly say: (line: string) => void;
}

const alone: Together = { team: new Team(), cores: undefined, say };

/**
 * Does a task together with the other processes that `mpirun` or `srun` started, or alone where there
 * are none. Nothing of MPI is loaded then.
 *
 * @param library the path of MPI's, where it is not to be found by name
 * What fails among several is told by one of them, and leaves an exit code.
 *
 * @throws what the task throws, where this process is alone
 */
export async function inTeam(
  library: string | undefined,
  task: (together: Together) => Promise<void>,
): Promise<void> {
  const launcher = launcherOf(process.env);
  if (library === undefined && (launcher === undefined || launcher.size === 1)) return task(alone);
  const [{ MpiWorld }, { deviceOf, findPlace }] = await Promise.all([
    import('../mpi/world.js'),
    import('../mpi/places.js'),
  ]);
  const world = joined(launcher?.localRank ?? 0, () => MpiWorld.join(launcher, library));
  const team = new Team(world);
  const speak = team.isFirst ? say : () => undefined;
  // What ends a process by another way than home leaves the others waiting.
  process.once('exit', (code) => world.abort(code));
  try {
    const { cores, isCrowded, localRank, machines } = await findPlace(team);
    world.isCrowded = isCrowded;
    const device = deviceOf(localRank, process.env);
    if (device !== undefined) process.env.CUDA_VISIBLE_DEVICES = device;
    const where = machines === 1 ? 'one machine' : `${machines} machines`;
    speak(`processes: ${team.size} on ${where}, by ${world.library}`);
    await task({ team, cores: team.size === 1 ? undefined : cores, say: speak });
  } catch (thrown) {
    const code = fail(thrown, isDebugging(), team.isFirst ? '' : `rank ${team.rank}: `);
    if (!team.isEnding) {
      world.abort(code);
      process.exit(code);
    }
    process.exitCode = code;
  }
  world.leave();
}

const isDebugging = (): boolean => process.argv.includes('--debug');

/** What a machine lacks is told once, by the first of its ranks. */
function joined<T>(localRank: number, task: () => T): T {
  try {
    return task();
  } catch (thrown) {
    process.exit(localRank === 0 ? fail(thrown, isDebugging()) : codeOf(thrown));
  }
}

/** Whether what is wrong with a command line is told by another process: all were given the same. */
export const isToldByAnother = (command: string | undefined): boolean =>
  command === 'train' && (launcherOf(process.env)?.rank ?? 0) > 0;
