/**
 * What a program that was compiled against an MPI has in its headers: the values of its handles, which
 * differ between implementations, and how a handle is passed.
 *
 * Open MPI's are addresses of variables that its library exports. MPICH's are integers, the same for
 * all that share its ABI (Intel MPI, MVAPICH, Cray). Those of the standard ABI are small numbers passed
 * as pointers (MPI 5.0, chapter 20 and appendix A).
 */

export type Flavour = 'Open MPI' | 'MPICH' | 'MPI ABI';

/** A handle, as koffi takes it. */
export type Handle = number | bigint;

export interface Handles {
  /** The C type of a handle. */
  readonly type: 'int' | 'void *';
  readonly world: Handle;
  readonly byte: Handle;
  readonly float: Handle;
  readonly double: Handle;
  readonly sum: Handle;
  readonly max: Handle;
  /** `MPI_IN_PLACE`, in place of an address. */
  readonly inPlace: bigint;
  /** `MPI_STATUS_IGNORE`, in place of an address. */
  readonly ignoredStatus: bigint;
}

const mpich: Handles = {
  type: 'int',
  world: 0x44000000,
  byte: 0x4c00010d,
  float: 0x4c00040a,
  double: 0x4c00080b,
  sum: 0x58000003,
  max: 0x58000001,
  // (void *) −1
  inPlace: 2n ** 64n - 1n,
  ignoredStatus: 1n,
};

const standard: Handles = {
  type: 'void *',
  world: 0x101n,
  byte: 0x247n,
  float: 0x210n,
  double: 0x214n,
  sum: 0x21n,
  max: 0x23n,
  inPlace: 1n,
  ignoredStatus: 0n,
};

/** @param addressOf a variable that the library exports */
export function handlesOf(flavour: Flavour, addressOf: (name: string) => bigint): Handles {
  switch (flavour) {
    case 'MPICH':
      return mpich;
    case 'MPI ABI':
      return standard;
    case 'Open MPI':
      return {
        type: 'void *',
        world: addressOf('ompi_mpi_comm_world'),
        byte: addressOf('ompi_mpi_byte'),
        float: addressOf('ompi_mpi_float'),
        double: addressOf('ompi_mpi_double'),
        sum: addressOf('ompi_mpi_op_sum'),
        max: addressOf('ompi_mpi_op_max'),
        inPlace: 1n,
        ignoredStatus: 0n,
      };
  }
}
