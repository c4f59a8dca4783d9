/**
 * A step taken apart along its batch: what comes before the batch, what is done with one part of
 * it, and what is made of all parts' results.
 */
import type { Graph, PortValue } from '../../graph/graph.js';
import type { Port } from '../../graph/port.js';

/** An input of `SplitGraph.part` that differs from part to part. */
export interface Piece {
  readonly port: Port & { readonly kind: 'piece' };
  /** What it is cut from: an input of the step's graph, or an output of `SplitGraph.before`. */
  readonly source: Port;
  /** Row of the source at which the first part's piece begins. */
  readonly start: number;
  /** Rows of a piece; that of the next part follows. */
  readonly rows: number;
  /** Rows of the whole source. */
  readonly sourceRows: number;
}

/** Each process has as many parts as the others, which follow those of the one before it. */
export interface SharedParts {
  readonly processes: number;
  /** Adds up the terms of one process's parts: `share` ports go in, `total` ports come out. */
  readonly own: Graph;
}

/** Three graphs in place of one; what one puts out under a port goes into the others there. */
export interface SplitGraph {
  /** How many parts the batch has. */
  readonly count: number;
  /** The inputs of the step. */
  readonly inputs: readonly PortValue[];
  /** What does not depend on the batch and is dear, or cut; without outputs when there is none. */
  readonly before: Graph;
  /** Done for each part, in any order and place: parts know nothing of one another. */
  readonly part: Graph;
  readonly pieces: readonly Piece[];
  /** Has the outputs of the step. */
  readonly after: Graph;
  /** Where several processes share the parts; sums over all of them go into `after` then, not their terms. */
  readonly shared?: SharedParts | undefined;
}
