/**
 * Supplies: what a step reads that its caller does not give it. The host is asked for it at every
 * call: random numbers, a learning rate that an optimiser keeps as a plain number.
 */
import type { ConstantValues } from './graph/graph.js';
import type { Shape } from './graph/shapes.js';

/** A value of the graph that the host supplies at each call. */
export interface Supply {
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly shape: Shape;
  /** What is supplied, on one line. Supplies that read alike are alike. */
  readonly what: string;
  /**
   * @param call the number of the call, from `CompileOptions.firstCall` on
   * @param index its place among the supplies of the step
   * @returns as many values as the shape has, of the dtype's array (`Uint8Array` of 0 and 1 for
   *   `bool`), which stay as they are until it is asked again
   */
  next(call: number, index: number): ConstantValues;
}
