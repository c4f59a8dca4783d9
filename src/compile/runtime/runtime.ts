/**
 * Runtimes: what runs graphs.
 */
import type { ConstantValues, Graph } from '../graph/graph.js';
import type { SplitGraph } from '../passes/split/split-graph.js';
import type { StateStore } from '../state/store.js';
import type { Target } from '../target.js';

/** Values on a device, such as a GPU, which this process cannot see into. */
export interface DeviceValues {
  /** Frees the device's memory. */
  dispose(): void;
}

/**
 * Values in the order of a graph's ports: in the memory of this process, or `Held` by a device.
 */
export type Values<Held = never> = readonly (ConstantValues | Held)[];

/** A graph that is ready to be run. */
export interface Session<Held = never> {
  /**
   * @param inputs in the order of the graph's inputs
   * @param into arrays that outputs are written to; the session makes those that are missing, and
   *   does not write to them again
   * @returns the outputs, in the order of the graph's
   */
  run(
    inputs: Values<Held>,
    into?: readonly (ConstantValues | Held | undefined)[],
  ): Promise<Values<Held>>;
  /** Frees what it holds. It is not run again. */
  release(): Promise<void>;
}

export interface Runtime<Held = never> {
  readonly target: Target;
  /** The target with what has to be tried out on the machine; `target` when absent. */
  findTarget?(): Promise<Target>;
  /** Where the variables of its programs live. */
  readonly store: StateStore<ConstantValues | Held>;
  /**
   * @param graph one that is legal for the target, taken apart only where the target splits
   * @throws CompileError when it cannot be loaded
   */
  load(graph: Graph | SplitGraph): Promise<Session<Held>>;
  /**
   * Told early that a graph in about so many parts will be loaded, so that what takes its time to
   * start can do so meanwhile. No promise: such a graph may never come.
   */
  expect?(parts: number): void;
}

/** A runtime that keeps its variables in the memory of this process, or on a device. */
export type AnyRuntime = Runtime<DeviceValues>;
