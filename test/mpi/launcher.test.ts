import { describe, expect, it } from 'vitest';
import { handlesOf } from '../../src/mpi/handles.js';
import { launcherOf } from '../../src/mpi/launcher.js';
import { loadMpi } from '../../src/mpi/library.js';
import { deviceOf, ownOf } from '../../src/mpi/places.js';

describe('a launcher', () => {
  it.each([
    [
      'Open MPI',
      { OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_RANK: '3', OMPI_COMM_WORLD_LOCAL_RANK: '1' },
      { size: 4, rank: 3, localRank: 1 },
    ],
    [
      'MPICH',
      { PMI_SIZE: '2', PMI_RANK: '1', MPI_LOCALRANKID: '1' },
      { size: 2, rank: 1, localRank: 1 },
    ],
    [
      'Slurm',
      {
        SLURM_STEP_NUM_TASKS: '8',
        SLURM_PROCID: '5',
        SLURM_LOCALID: '0',
        PMI_SIZE: '8',
        PMI_RANK: '5',
      },
      { size: 8, rank: 5, localRank: 0, prefers: 'MPICH' },
    ],
    [
      'MPICH',
      { PMI_SIZE: 'many', PMI_RANK: '-1' },
      { size: undefined, rank: undefined, localRank: undefined },
    ],
  ])('of %s is known by what it leaves in the environment', (kind, env, rest) => {
    expect(launcherOf(env)).toEqual({ kind, ...rest });
  });

  it('is none where a process was started on its own, in a batch script of Slurm, too', () => {
    expect(launcherOf({})).toBeUndefined();
    expect(launcherOf({ SLURM_PROCID: '0', SLURM_NTASKS: '8' })).toBeUndefined();
  });
});

describe('places', () => {
  const place = (host: string, processors: string) => ({ host, processors });

  it('share the cores that they have in common', () => {
    const roomy = { isCrowded: false };
    const free = ['a', 'a', 'b', 'a'].map((host) => place(host, '0-7'));
    expect(ownOf(free, 3, 8)).toEqual({ ...roomy, cores: 2, localRank: 2, machines: 2 });
    expect(ownOf(free, 2, 8)).toEqual({ ...roomy, cores: 8, localRank: 0, machines: 2 });
    const bound = [place('a', '0-3'), place('a', '4-7')];
    expect(ownOf(bound, 1, 4)).toEqual({ ...roomy, cores: 4, localRank: 1, machines: 1 });
    const crowd = Array.from({ length: 16 }, () => place('a', '0,1'));
    expect(ownOf(crowd, 15, 2)).toEqual({ isCrowded: true, cores: 1, localRank: 15, machines: 1 });
  });

  it('take one graphics processor each, unless somebody has chosen', () => {
    expect(deviceOf(5, {}, 4)).toBe('1');
    expect(deviceOf(5, { CUDA_VISIBLE_DEVICES: '0,1' }, 4)).toBeUndefined();
    expect(deviceOf(0, {}, 0)).toBeUndefined();
  });
});

it('a library that is none is refused in a line', () => {
  expect(() => loadMpi(undefined, '/nowhere/libmpi.so')).toThrow(
    /^--mpi \/nowhere\/libmpi\.so does not load: /,
  );
  const other = process.platform === 'linux' ? 'libc.so.6' : undefined;
  if (other === undefined) return;
  expect(() => loadMpi(undefined, other)).toThrow('libc.so.6 is no MPI library');
});

it('handles of Open MPI are what its library exports', () => {
  const { world, sum, type } = handlesOf('Open MPI', (name) => BigInt(name.length));
  expect([world, sum, type]).toEqual([19n, 15n, 'void *']);
});
