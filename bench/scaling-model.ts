/**
 * How long a step of several ranks takes, from what one rank and one network do. The terms are those of
 * Thakur, Rabenseifner and Gropp 2005, "Optimization of Collective Communication Operations in MPICH":
 * a message of n bytes takes α + n / β.
 */

export interface Machine {
  /** Milliseconds of a step that do not depend on the images: starting, updating all weights. */
  readonly fixedMs: number;
  /** Milliseconds for each image. */
  readonly imageMs: number;
  /** Milliseconds that a step takes longer because it is one of several ranks', whoever they are. */
  readonly cutMs: number;
  /** Bytes that are summed in a step. */
  readonly bytes: number;
  /** α in milliseconds. */
  readonly latencyMs: number;
  /** β in bytes a millisecond. */
  readonly bandwidth: number;
}

/** Each rank hands a part of the vector around, twice. */
export const ringMs = ({ bytes, latencyMs, bandwidth }: Machine, ranks: number): number =>
  2 * (ranks - 1) * (latencyMs + bytes / ranks / bandwidth);

/** Pairs exchange the whole vector, at distances of 1, 2, 4 … ranks. */
export const treeMs = ({ bytes, latencyMs, bandwidth }: Machine, ranks: number): number =>
  Math.ceil(Math.log2(ranks)) * (latencyMs + bytes / bandwidth);

/** The better of both, as MPI libraries choose by size, and the agreement after each step. */
export const talkMs = (machine: Machine, ranks: number): number =>
  ranks === 1
    ? 0
    : Math.min(ringMs(machine, ranks), treeMs(machine, ranks)) +
      Math.ceil(Math.log2(ranks)) * machine.latencyMs;

/** @param batchSize of all ranks together, at least as many as there are ranks */
export const stepMs = (machine: Machine, batchSize: number, ranks: number): number =>
  machine.fixedMs +
  machine.imageMs * Math.ceil(batchSize / ranks) +
  (ranks === 1 ? 0 : machine.cutMs + talkMs(machine, ranks));

/**
 * The number of ranks, a power of two up to `most`, from which twice as many would save less than a tenth
 * of a step.
 */
export function worthwhileRanks(machine: Machine, batchSize: number, most = 1024): number {
  let ranks = 1;
  while (2 * ranks <= Math.min(most, batchSize)) {
    if (stepMs(machine, batchSize, 2 * ranks) > 0.9 * stepMs(machine, batchSize, ranks))
      return ranks;
    ranks *= 2;
  }
  return ranks;
}
