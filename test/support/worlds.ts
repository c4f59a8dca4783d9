/**
 * Several ranks in one process: what MPI does, without it.
 */
import type { World } from '../../src/train/world.js';

/** Every rank's part in one thing that all do; ends when all have come. */
class Meeting<T, R> {
  readonly #parts = new Map<number, T>();
  readonly #size: number;
  readonly #done: Promise<R>;
  #end!: (parts: readonly T[]) => void;

  constructor(size: number, merge: (parts: readonly T[]) => R) {
    this.#size = size;
    this.#done = new Promise((resolve) => {
      this.#end = (parts) => resolve(merge(parts));
    });
  }

  come(rank: number, part: T): Promise<R> {
    if (this.#parts.has(rank)) throw new Error(`rank ${rank} came twice`);
    this.#parts.set(rank, part);
    if (this.#parts.size === this.#size) {
      this.#end(Array.from({ length: this.#size }, (_, i) => this.#parts.get(i)!));
    }
    return this.#done;
  }
}

/** The worlds of so many ranks, one for each; they must do the same things in the same order. */
export function worldsOf(size: number): World[] {
  const meetings: { readonly what: string; readonly meeting: Meeting<unknown, unknown> }[] = [];
  return Array.from({ length: size }, (_, rank) => {
    let next = 0;
    const meet = async <T, R>(
      what: string,
      part: T,
      merge: (parts: readonly T[]) => R,
    ): Promise<R> => {
      const at = next++;
      meetings[at] ??= {
        what,
        meeting: new Meeting(size, merge as (parts: readonly unknown[]) => R),
      };
      const { meeting, what: others } = meetings[at];
      if (others !== what) throw new Error(`rank ${rank} does ${what}, others ${others}`);
      return (await meeting.come(rank, part)) as R;
    };
    return {
      rank,
      size,
      async sum(values) {
        const sums = await meet('sum', Float32Array.from(values), (parts) =>
          parts.reduce((a, b) => a.map((value, i) => value + b[i]!)),
        );
        values.set(sums);
      },
      async max(values) {
        const greatest = await meet('max', Float64Array.from(values), (parts) =>
          parts.reduce((a, b) => a.map((value, i) => Math.max(value, b[i]!))),
        );
        values.set(greatest);
      },
      broadcast: async (bytes) => (await meet('broadcast', bytes, ([first]) => first!)).slice(),
      gather: (bytes) => meet('gather', bytes, (parts) => parts),
    };
  });
}
