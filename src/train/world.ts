/**
 * Several processes that train one model together: each takes its share of every batch, and what they
 * learn from it is added up. Every process of a world, a rank, calls the same functions in the same
 * order; each waits until all have.
 */
export interface World {
  /** 0 … size − 1. Rank 0 writes the run, and speaks for all. */
  readonly rank: number;
  readonly size: number;
  /** Adds up over all ranks, in place; all get the same bits. */
  sum(values: Float32Array): Promise<void>;
  /** The greatest of all ranks, in place. */
  max(values: Float64Array): Promise<void>;
  /** Gives all what rank 0 gives; what others give is not looked at. */
  broadcast(bytes: Uint8Array | undefined): Promise<Uint8Array>;
  /** Gives all what each gives, by rank. */
  gather(bytes: Uint8Array): Promise<readonly Uint8Array[]>;
}

/** A part of each batch: that of one rank of several. */
export interface Share {
  readonly rank: number;
  readonly size: number;
}

/** A process that trains on its own. */
export const alone: World = {
  rank: 0,
  size: 1,
  sum: async () => undefined,
  max: async () => undefined,
  broadcast: async (bytes) => bytes!,
  gather: async (bytes) => [bytes],
};
