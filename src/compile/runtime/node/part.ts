/**
 * Running one part of a batch after the other: on the main thread, and in workers that take parts
 * from the same pile.
 */
import type { ConstantValues, DType } from '../../graph/graph.js';
import type { Model } from '../model.js';
import type { Session, Values } from '../runtime.js';

/** A place in a block of memory, for values of one kind. */
export interface Slot {
  readonly dtype: DType;
  /** In bytes. */
  readonly offset: number;
  /** In values. */
  readonly length: number;
}

/** What an input of the part's model is taken from. */
export interface PartInput {
  /** Its place among the sources. */
  readonly source: number;
  /** Where the first part's values begin in the source, and by how many the next part's are further. */
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** All that is to be known to run parts; it can be sent to a worker. */
export interface PartPlan {
  readonly count: number;
  readonly model: Model;
  readonly inputs: readonly PartInput[];
  /** Where a block has what the inputs are taken from. */
  readonly sources: readonly Slot[];
  /** Where a block has the outputs, those of all parts one after the other. */
  readonly results: readonly Slot[];
  /** Size of a block. */
  readonly bytes: number;
}

/** A block begins with the number of the next part that nobody has taken. */
const pileBytes = 64;

/** Nothing shares a cache line. */
const alignment = 64;

const bytesOf: Readonly<Record<DType, number>> = {
  ...{ float32: 4, float64: 8, int32: 4, int64: 8 },
  ...{ uint8: 1, bool: 1 },
};

/** A list of slots after an offset, and where they end. */
export function layOut(
  list: readonly Omit<Slot, 'offset'>[],
  offset = pileBytes,
): { slots: readonly Slot[]; end: number } {
  let end = offset;
  const slots = list.map(({ dtype, length }) => {
    const slot = { dtype, length, offset: end };
    end += Math.ceil((length * bytesOf[dtype]) / alignment) * alignment;
    return slot;
  });
  return { slots, end };
}

/** The values in a slot of a block. */
export function viewOf(
  block: ArrayBuffer | SharedArrayBuffer,
  { dtype, offset, length }: Slot,
): ConstantValues {
  const make = {
    ...{ float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array },
    ...{ uint8: Uint8Array, bool: Uint8Array },
  };
  return new make[dtype](block as ArrayBuffer, offset, length);
}

export const viewsOf = (block: ArrayBuffer | SharedArrayBuffer, slots: readonly Slot[]): Values =>
  slots.map((slot) => viewOf(block, slot));

/** Copies values to those in the same places. */
export function copy(from: Values, to: Values): void {
  to.forEach((target, i) => {
    (target as Float32Array).set(from[i] as Float32Array);
  });
}

/** One part's share of the results of all parts. */
export const shareOf = (all: Values, part: number, count: number): Values =>
  all.map((values) => {
    const length = values.length / count;
    return values.subarray(part * length, (part + 1) * length);
  });

/** The number of the next part, `undefined` when all are taken. */
export type Pile = () => number | undefined;

export function pileOf(block: SharedArrayBuffer, count: number): Pile {
  const next = new Int32Array(block, 0, 1);
  return () => {
    const part = Atomics.add(next, 0, 1);
    return part < count ? part : undefined;
  };
}

/** Puts all parts back. */
export function refill(block: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(block, 0, 1), 0, 0);
}

/** Takes all parts away. */
export function abandon(block: SharedArrayBuffer): void {
  if (block.byteLength > 0) Atomics.store(new Int32Array(block, 0, 1), 0, 2 ** 30);
}

/** What parts are run with. */
export interface PartRun {
  readonly sources: Values;
  /** Where a part's outputs go. */
  into(part: number): Values;
  readonly pile: Pile;
  /** Called after each part. */
  done(part: number): void;
}

/** Runs parts as long as there are any. */
export async function runParts(
  session: Session,
  inputs: readonly PartInput[],
  { sources, into, pile, done }: PartRun,
): Promise<void> {
  for (let part = pile(); part !== undefined; part = pile()) {
    const at = part;
    const values = inputs.map(({ source, start, step, length }) => {
      const from = start + at * step;
      return sources[source]!.subarray(from, from + length);
    });
    await session.run(values, into(part));
    done(part);
  }
}
