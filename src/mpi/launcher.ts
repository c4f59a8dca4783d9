/**
 * Whether something like `mpirun` started this process as one of several, which the variables that it
 * leaves in the environment tell without loading any MPI.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whose processes an MPI library can join: a library of one cannot read what another's launcher says. */
export type LauncherKind = 'Open MPI' | 'MPICH' | 'Slurm';

export interface Launcher {
  readonly kind: LauncherKind;
  /** How many processes it started, 1 or more; undefined where it does not say. */
  readonly size: number | undefined;
  /** Which of them this is, from 0; undefined where it does not say. */
  readonly rank: number | undefined;
  /** The same among those on this machine. */
  readonly localRank: number | undefined;
  /** Whose library is the likelier to understand it, where that is not told by its kind. */
  readonly prefers?: 'Open MPI' | 'MPICH';
}

/**
 * Open MPI's `mpirun` tells `OMPI_COMM_WORLD_SIZE`; MPICH's and Intel's `PMI_SIZE`, as does Slurm's
 * `srun --mpi=pmi2`; `srun --mpi=pmix` sets `PMIX_RANK`, and any `srun` the number of tasks of its step.
 *
 * @returns undefined for a process that was started on its own
 */
export function launcherOf(env: Environment): Launcher | undefined {
  const of = (kind: LauncherKind, size: string, rank: string, localRank: string): Launcher => ({
    ...{ kind, size: whole(env[size]), rank: whole(env[rank]), localRank: whole(env[localRank]) },
  });
  if (env.OMPI_COMM_WORLD_SIZE !== undefined) {
    const names = ['SIZE', 'RANK', 'LOCAL_RANK'].map((name) => `OMPI_COMM_WORLD_${name}`);
    return of('Open MPI', ...(names as [string, string, string]));
  }
  // Every task of a step counts: without an interface to MPI they would be as many worlds of one.
  if (env.SLURM_STEP_NUM_TASKS !== undefined && env.SLURM_PROCID !== undefined) {
    const slurm = of('Slurm', 'SLURM_STEP_NUM_TASKS', 'SLURM_PROCID', 'SLURM_LOCALID');
    // `--mpi=pmix` is what Open MPI is built for, `--mpi=pmi2` what MPICH is.
    const isPmi2 = env.PMIX_RANK === undefined && env.PMI_RANK !== undefined;
    return { ...slurm, prefers: isPmi2 ? 'MPICH' : 'Open MPI' };
  }
  if (env.PMI_SIZE !== undefined && env.PMI_RANK !== undefined) {
    return of('MPICH', 'PMI_SIZE', 'PMI_RANK', 'MPI_LOCALRANKID');
  }
  return undefined;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
