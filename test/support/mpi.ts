/**
 * The MPI implementations of this machine, and programs that they start several times.
 */
import { spawnSync } from 'node:child_process';
import { type CliOptions, type CliResult, main, run, tsx } from './cli.js';

export interface Implementation {
  readonly name: 'Open MPI' | 'MPICH';
  /** The launcher, and what it needs to start more processes than there are cores, as root too. */
  readonly launcher: readonly [command: string, ...flags: string[]];
  /** The library that belongs to it. */
  readonly library: string;
}

const implementations: readonly Implementation[] = [
  {
    name: 'Open MPI',
    launcher: ['mpirun.openmpi', '--allow-run-as-root', '--oversubscribe', '--bind-to', 'none'],
    library: 'libmpi.so.40',
  },
  { name: 'MPICH', launcher: ['mpirun.mpich'], library: 'libmpich.so.12' },
];

const isThere = ({ launcher: [command] }: Implementation): boolean =>
  spawnSync(command, ['--version']).status === 0;

/** Each with the reason why it cannot be tried, where there is one. */
export const mpis: readonly (readonly [Implementation, missing: string | undefined])[] =
  implementations.map((one) => [
    one,
    isThere(one)
      ? undefined
      : `${one.name} is not installed: apt-get install ${one.name === 'MPICH' ? 'mpich' : 'openmpi-bin'}`,
  ]);

/** Starts a TypeScript program several times, together. */
export const mpirun = (
  { launcher: [command, ...flags] }: Implementation,
  processes: number,
  program: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> =>
  run(
    command,
    [...flags, '-n', String(processes), process.execPath, '--import', tsx, ...program],
    options,
  );

/** `mpirun -n N mixgan …args` */
export const mpiMixgan = (
  mpi: Implementation,
  processes: number,
  args: readonly string[],
  options?: CliOptions,
): Promise<CliResult> => mpirun(mpi, processes, [main, ...args], options);
