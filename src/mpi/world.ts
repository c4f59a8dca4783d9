/**
 * The processes that a launcher started together, as MPI connects them.
 */
import { EngineError } from '../errors.js';
import type { World } from '../train/world.js';
import type { Handle } from './handles.js';
import type { Launcher } from './launcher.js';
import { loadMpi, type Mpi } from './library.js';
import { busyMs, settled } from './wait.js';

/** Elements that one call moves at most: implementations count in 32 bits, some of them bytes. */
const mostAtOnce = 2 ** 26;

/**
 * So many ranks add up in pairs, and pairs of pairs, as one process adds up the parts of a batch: that is
 * more to send, for the same bits. More ranks than a batch has parts cannot have these anyway.
 */
const addingInPairs = 4;

export class MpiWorld implements World {
  readonly rank: number;
  readonly size: number;
  /** `Open MPI v4.1.4`. */
  readonly library: string;
  /** Whether there are more ranks than cores here: true until somebody knows better. */
  isCrowded = true;
  readonly #mpi: Mpi;
  /** A handle, int or pointer. */
  readonly #request = pinned(new BigInt64Array(1));
  readonly #flag = pinned(new Int32Array(1));
  /** What MPI reads and writes at the moment, which must not be collected meanwhile. */
  readonly #held: NodeJS.TypedArray[] = [];
  /** The groups of ranks that add up one after the other. */
  #adding: readonly Handle[];
  #isOver = false;

  private constructor(mpi: Mpi) {
    this.#mpi = mpi;
    this.library = mpi.version;
    const { call, handles } = mpi;
    const number = pinned(new Int32Array(1));
    check('MPI_Init', call.MPI_Init(0n, 0n));
    check('MPI_Comm_rank', call.MPI_Comm_rank(handles.world, number));
    this.rank = number[0]!;
    check('MPI_Comm_size', call.MPI_Comm_size(handles.world, number));
    this.size = number[0]!;
    this.#adding = [handles.world];
  }

  /**
   * Joins the processes of a launcher.
   *
   * @param path of the MPI library, where it is not to be found by name
   * @throws EngineError where there is no library, or it is not the launcher's: each process would be
   *   a world of its own then, and all would write the same files
   */
  static join(launcher: Launcher | undefined, path?: string): MpiWorld {
    const mpi = loadMpi(launcher, path);
    const world = new MpiWorld(mpi);
    const expected = launcher?.size ?? world.size;
    if (world.size === expected) {
      if (world.size === addingInPairs) world.#pairUp();
      return world;
    }
    world.leave();
    throw new EngineError(
      `${launcher!.kind}'s launcher started ${expected} processes, and ${mpi.path} (${mpi.version}) knows ${world.size}: it does not belong to that launcher; give --mpi PATH of the library that does${launcher!.kind === 'Slurm' ? ', or srun another --mpi=TYPE' : ''}`,
    );
  }

  async sum(values: Float32Array): Promise<void> {
    const { float, sum } = this.#mpi.handles;
    for (const part of parts(pinned(values))) {
      for (const ranks of this.#adding) await this.#reduce(part, float, sum, ranks);
    }
  }

  async max(values: Float64Array): Promise<void> {
    const { double, max } = this.#mpi.handles;
    await this.#reduce(pinned(values), double, max);
  }

  async broadcast(bytes: Uint8Array | undefined): Promise<Uint8Array> {
    const length = Float64Array.of(bytes?.length ?? 0);
    await this.max(length);
    const data = bytes ?? new Uint8Array(length[0]!);
    const { call, handles } = this.#mpi;
    for (const part of parts(pinned(data))) {
      await this.#run('MPI_Ibcast', [part], (request) =>
        call.MPI_Ibcast(part, part.length, handles.byte, 0, handles.world, request),
      );
    }
    return data;
  }

  async gather(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    const { call, handles } = this.#mpi;
    // All send as many bytes as the longest: its length, and what it has to say.
    const longest = Float64Array.of(bytes.length);
    await this.max(longest);
    const each = 4 + longest[0]!;
    const own = pinned(Buffer.alloc(each));
    own.writeUInt32LE(bytes.length);
    own.set(bytes, 4);
    const all = pinned(Buffer.alloc(each * this.size));
    await this.#run('MPI_Iallgather', [own, all], (request) =>
      call.MPI_Iallgather(own, each, handles.byte, all, each, handles.byte, handles.world, request),
    );
    return Array.from({ length: this.size }, (_, rank) => {
      const from = rank * each;
      return new Uint8Array(all.subarray(from + 4, from + 4 + all.readUInt32LE(from)));
    });
  }

  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    check('MPI_Finalize', this.#mpi.call.MPI_Finalize());
  }

  abort(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#mpi.call.MPI_Abort(this.#mpi.handles.world, code);
  }

  /** Each with its neighbour, then with the one that is two further: sums of two are the same either way. */
  #pairUp(): void {
    const { call, handles } = this.#mpi;
    const made = pinned(new BigInt64Array(1));
    this.#adding = [1, 2].map((distance) => {
      const colour = this.rank & ~distance;
      check('MPI_Comm_split', call.MPI_Comm_split(handles.world, colour, this.rank, made));
      return handles.type === 'int' ? new Int32Array(made.buffer)[0]! : made[0]!;
    });
  }

  async #reduce(
    values: Float32Array | Float64Array,
    type: Mpi['handles']['float'],
    op: Mpi['handles']['sum'],
    ranks = this.#mpi.handles.world,
  ): Promise<void> {
    const { call, handles } = this.#mpi;
    await this.#run('MPI_Iallreduce', [values], (request) =>
      call.MPI_Iallreduce(
        ...([handles.inPlace, values, values.length, type, op, ranks, request] as const),
      ),
    );
  }

  /** One at a time: what waits for all others waits for those that came before it, too. */
  async #run(
    name: string,
    memory: readonly NodeJS.TypedArray[],
    start: (request: BigInt64Array) => number,
  ): Promise<void> {
    const { call, handles } = this.#mpi;
    this.#held.push(...memory);
    check(name, start(this.#request));
    const isDone = (): boolean => {
      check('MPI_Test', call.MPI_Test(this.#request, this.#flag, handles.ignoredStatus));
      return this.#flag[0] !== 0;
    };
    await settled(isDone, this.isCrowded ? busyMs.crowded : busyMs.own);
    this.#held.length = 0;
  }
}

/**
 * The same array, in memory that stays where it is while MPI reads and writes it: V8 keeps up to 64
 * bytes of an array among its own objects, which it moves, until somebody asks for the buffer.
 */
function pinned<A extends NodeJS.TypedArray>(values: A): A {
  if (values.buffer.byteLength < values.byteLength) throw new RangeError('an array without memory');
  return values;
}

/** The same memory in pieces that a call can move. */
function* parts<A extends Float32Array | Uint8Array>(values: A): Generator<A> {
  for (let from = 0; from < values.length; from += mostAtOnce) {
    yield values.subarray(from, from + mostAtOnce) as A;
  }
}

/** MPI ends a process itself where something fails; what it lets pass is told here. */
function check(name: string, code: number): void {
  if (code !== 0) throw new EngineError(`${name} failed with code ${code}`);
}
