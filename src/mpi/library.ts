/**
 * The MPI library of this machine: found, loaded through a foreign-function interface, and spoken to in
 * its own handles. Nothing of MPI is loaded before `loadMpi` is called.
 */
import { createRequire } from 'node:module';
import type { LibraryHandle } from 'koffi';
import { EngineError, messageOf, systemErrorCode } from '../errors.js';
import { type Flavour, type Handle, type Handles, handlesOf } from './handles.js';
import type { Launcher } from './launcher.js';

/** Memory that MPI reads or writes, of an array or at an address. */
export type Memory = NodeJS.TypedArray | bigint;

/** The functions of MPI that are used; each gives its error code, 0 for success. */
export interface MpiFunctions {
  MPI_Init(argc: Memory, argv: Memory): number;
  MPI_Comm_rank(comm: Handle, rank: Memory): number;
  MPI_Comm_size(comm: Handle, size: Memory): number;
  MPI_Comm_split(comm: Handle, colour: number, key: number, part: Memory): number;
  MPI_Iallreduce(
    from: Memory,
    to: Memory,
    count: number,
    type: Handle,
    op: Handle,
    comm: Handle,
    request: Memory,
  ): number;
  MPI_Ibcast(
    data: Memory,
    count: number,
    type: Handle,
    root: number,
    comm: Handle,
    request: Memory,
  ): number;
  MPI_Iallgather(
    from: Memory,
    count: number,
    type: Handle,
    to: Memory,
    countEach: number,
    typeEach: Handle,
    comm: Handle,
    request: Memory,
  ): number;
  MPI_Test(request: Memory, flag: Memory, status: Memory): number;
  MPI_Abort(comm: Handle, code: number): number;
  MPI_Finalize(): number;
}

export interface Mpi {
  readonly flavour: Flavour;
  /** What it says of itself: `Open MPI v4.1.4`. */
  readonly version: string;
  /** The file, or the name by which the system found it. */
  readonly path: string;
  readonly handles: Handles;
  readonly call: MpiFunctions;
}

/** A pointer `*`, a number `i`, a handle `H`. */
const signatures: Readonly<Record<keyof MpiFunctions, string>> = {
  MPI_Init: '**',
  MPI_Comm_rank: 'H*',
  MPI_Comm_size: 'H*',
  MPI_Comm_split: 'Hii*',
  MPI_Iallreduce: '**iHHH*',
  MPI_Ibcast: '*iHiH*',
  MPI_Iallgather: '*iH*iHH*',
  MPI_Test: '***',
  MPI_Abort: 'Hi',
  MPI_Finalize: '',
};

/** The names by which the system's loader finds libraries, and whose they are. */
const known: readonly (readonly [Flavour, ...string[]])[] =
  process.platform === 'darwin'
    ? [
        ['Open MPI', 'libmpi.40.dylib', '/opt/homebrew/lib/libmpi.40.dylib'],
        ['MPICH', 'libmpi.12.dylib', '/opt/homebrew/lib/libmpi.12.dylib'],
        ['MPI ABI', 'libmpi_abi.1.dylib', 'libmpi_abi.dylib'],
      ]
    : [
        ['Open MPI', 'libmpi.so.40'],
        ['MPICH', 'libmpich.so.12', 'libmpi.so.12'],
        ['MPI ABI', 'libmpi_abi.so.1', 'libmpi_abi.so.0', 'libmpi_abi.so'],
      ];

const toInstall =
  'install one that your launcher belongs to (Debian, Ubuntu: apt install openmpi-bin, or mpich), or give --mpi PATH';

/**
 * Loads the MPI of a launcher, or the one that a file is.
 *
 * @param path of a library, in place of those that are known by name
 * @throws EngineError where there is none, or it is none that is known, with what to do
 */
export function loadMpi(
  launcher: Pick<Launcher, 'kind' | 'prefers'> | undefined,
  path?: string,
): Mpi {
  const koffi = loadKoffi();
  for (const [name, value] of Object.entries(quietUcx)) process.env[name] ??= value;
  if (path !== undefined) {
    const library = attempt(() => koffi.load(path, { global: true }));
    if (library instanceof Error) {
      throw new EngineError(`--mpi ${path} does not load: ${oneLine(library.message)}`);
    }
    return opened(koffi, library, path);
  }
  // Slurm serves all; the other launchers their own, and what was built for the standard ABI.
  const suits = ([flavour]: (typeof known)[number]): boolean =>
    launcher === undefined ||
    launcher.kind === 'Slurm' ||
    flavour === launcher.kind ||
    flavour === 'MPI ABI';
  const rank = ([flavour]: (typeof known)[number]): number => +(flavour !== launcher?.prefers);
  const tried = known
    .filter(suits)
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap(([, ...files]) => files);
  for (const file of tried) {
    // What the library loads itself while it starts must find it.
    const library = attempt(() => koffi.load(file, { global: true }));
    if (!(library instanceof Error)) return opened(koffi, library, file);
  }
  const whose = launcher === undefined ? '' : ` for ${launcher.kind}'s launcher`;
  throw new EngineError(`no MPI library${whose} was found (${tried.join(', ')}): ${toInstall}`);
}

/**
 * UCX, by which MPICH and Open MPI talk, would take over the signals that V8 has handlers for, and
 * rewrite the code of `mmap` and `brk` while V8's threads run it (MPICH 4.0 with UCX 1.13 was seen to
 * end by that). Whoever sets these variables knows better.
 */
const quietUcx: Readonly<Record<string, string>> = {
  UCX_ERROR_SIGNALS: '',
  UCX_MEM_EVENTS: 'no',
  UCX_MEM_MMAP_HOOK_MODE: 'none',
};

type Koffi = typeof import('koffi');

function loadKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (thrown) {
    const isMissing = systemErrorCode(thrown) === 'MODULE_NOT_FOUND';
    const why = isMissing ? 'is not installed: run npm install koffi' : 'does not load:';
    throw new EngineError(
      `several processes need the package koffi, which ${why}${isMissing ? '' : ` ${messageOf(thrown)}`}`,
      { cause: thrown },
    );
  }
}

function opened(koffi: Koffi, library: LibraryHandle, path: string): Mpi {
  const version = versionOf(library, path);
  const flavour = flavourOf(library, version);
  if (flavour === undefined) {
    throw new EngineError(
      `${path} is "${version}"; Open MPI, MPICH and its kin, and the standard ABI of MPI 5 are known: ${toInstall}`,
    );
  }
  const handles = handlesOf(flavour, (name) => koffi.address(library.symbol(name)));
  const types = { '*': 'void *', i: 'int', H: handles.type } as const;
  const functions = Object.entries(signatures).map(([name, signature]) => {
    const parameters = Array.from(signature, (letter) => types[letter as keyof typeof types]);
    return [name, library.func(name, 'int', parameters)];
  });
  return {
    ...{ flavour, version, path, handles },
    call: Object.fromEntries(functions) as unknown as MpiFunctions,
  };
}

/** What a library says of itself, which may be asked before MPI is started. */
function versionOf(library: LibraryHandle, path: string): string {
  const text = Buffer.alloc(longestVersion);
  const length = new Int32Array(1);
  const asked = attempt(() =>
    library.func('int MPI_Get_library_version(void *text, void *length)')(text, length),
  );
  if (asked instanceof Error) {
    throw new EngineError(`${path} is no MPI library: it has no MPI_Get_library_version`);
  }
  const said = text.toString('utf8', 0, length[0]).replaceAll('\0', '');
  // `MPICH Version: 4.0.2`
  return oneLine(said.split(/[\n,]/)[0]!).replace(' Version:', '');
}

/** Of all implementations: `MPI_MAX_LIBRARY_VERSION_STRING`. */
const longestVersion = 8192;

function flavourOf(library: LibraryHandle, version: string): Flavour | undefined {
  if (hasStandardHandles(library)) return 'MPI ABI';
  const isOpenMpi = !(attempt(() => library.symbol('ompi_mpi_comm_world')) instanceof Error);
  if (isOpenMpi) return 'Open MPI';
  return /mpich|intel|mvapich|cray/i.test(version) ? 'MPICH' : undefined;
}

/** A library that knows the standard ABI, and has handles of its own, says that it is of version −1. */
function hasStandardHandles(library: LibraryHandle): boolean {
  const version = new Int32Array(2);
  const asked = attempt(() =>
    library.func('int MPI_Abi_get_version(void *major, void *minor)')(
      version.subarray(0, 1),
      version.subarray(1),
    ),
  );
  return !(asked instanceof Error) && version[0]! >= 1;
}

function attempt<T>(task: () => T): T | Error {
  try {
    return task();
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
