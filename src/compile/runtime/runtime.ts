/**
 * Runtimes: what runs graphs.
 */
import type { ConstantValues, Graph } from '../graph/graph.js';
import type { SplitGraph } from '../passes/split/split-graph.js';
import type { StateStore } from '../state/store.js';
import type { Target } from '../target.js';

/** Values in the order of a graph's ports. */
export type Values = readonly ConstantValues[];

/** A graph that is ready to be run. */
export interface Session {
  /**
   * @param inputs in the order of the graph's inputs
   * @param into arrays that outputs are written to; the session makes those that are missing, and
   *   does not write to them again
   * @returns the outputs, in the order of the graph's
   */
  run(inputs: Values, into?: readonly (ConstantValues | undefined)[]): Promise<Values>;
  /** Frees what it holds. It is not run again. */
  release(): Promise<void>;
}

export interface Runtime {
  readonly target: Target;
  /** The target with what has to be tried out on the machine; `target` when absent. */
  findTarget?(): Promise<Target>;
  /** Where the variables of its programs live. */
  readonly store: StateStore<ConstantValues>;
  /**
   * @param graph one that is legal for the target, taken apart only where the target splits
   * @throws CompileError when it cannot be loaded
   */
  load(graph: Graph | SplitGraph): Promise<Session>;
  /**
   * Told early that a graph in about so many parts will be loaded, so that what takes its time to
   * start can do so meanwhile. No promise: such a graph may never come.
   */
  expect?(parts: number): void;
}
