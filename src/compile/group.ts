/**
 * Processes that run the same step at the same time: all are given the same inputs, each runs some of the
 * parts that the batch has, and all make the same of what all parts have come to.
 */
export interface Group {
  /** 0 … size − 1. */
  readonly rank: number;
  readonly size: number;
  /**
   * Adds up over all processes, in place; all get the same bits, and those of a sum of two halves, each a
   * sum of two halves …, where there are 2, 4, 8 … of them.
   */
  sum(values: Float32Array): Promise<void>;
}
