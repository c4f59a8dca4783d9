/**
 * A step taken apart along its batch: what comes before the batch, what is done with one part of
 * it, and what is made of all parts' results.
 */
import type { Graph } from '../../graph/graph.js';

/** An input of `SplitGraph.part` that differs from part to part. */
export interface Piece {
  /** The part graph's name for it. */
  readonly name: string;
  /** What it is cut from: an input of the step's graph, or an output of `SplitGraph.before`. */
  readonly source: string;
  /** Row of the source at which the first part's piece begins. */
  readonly start: number;
  /** Rows of a piece; that of the next part follows. */
  readonly rows: number;
  /** Rows of the whole source. */
  readonly sourceRows: number;
}

/**
 * Three graphs in place of one. Ports of the same name are the same value. Each output of `part` is
 * there for `after` in two ways: that of all parts, the one's rows after the other's, under its own
 * name; and that of each part under the name that `nameOfShare` tells.
 */
export interface SplitGraph {
  /** How many parts the batch has. */
  readonly count: number;
  /** What does not depend on the batch and is dear, or cut; without outputs when there is none. */
  readonly before: Graph;
  /** Done for each part, in any order and place: parts know nothing of one another. */
  readonly part: Graph;
  readonly pieces: readonly Piece[];
  /** Has the outputs of the step. */
  readonly after: Graph;
}

/** What the graph after the parts calls one part's output. */
export const nameOfShare = (output: string, part: number): string => `${output}/${part}`;
