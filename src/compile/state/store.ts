/**
 * State: where the values of `tf.Variable`s, and of tensors that steps keep, lie while steps run one
 * after the other. Both are called variables here.
 */
import type * as tf from '@tensorflow/tfjs-core';

/** New values of a variable that a run is still to write, and that are not the variable's yet. */
export interface Pending<Values> {
  readonly variable: tf.Tensor;
  /** Where the run writes them; absent where it makes memory for them. */
  readonly values?: Values | undefined;
  /** What the variable stood for when the run began. */
  readonly dataId: object;
}

/**
 * Hands out what a run reads and where it writes. Runs take turns; whoever else works on the
 * variables may do so at any time.
 */
export interface StateStore<Values> {
  /**
   * Brings the values of variables to where runs read them. What is assigned from then on is read all
   * the same, from wherever it is.
   */
  prepare?(variables: readonly tf.Tensor[]): Promise<void>;

  /**
   * The variable's values, which stay as they are until the next commit.
   * @throws CompileError when it was disposed of
   */
  read(variable: tf.Tensor): Values;

  /**
   * Another object whenever the variable's values may be others.
   * @throws CompileError when it was disposed of
   */
  stamp(variable: tf.Tensor): object;

  /** Where a run that begins now writes the variable's new values. */
  next(variable: tf.Tensor): Pending<Values>;

  /**
   * Makes new values the variable's. An `assign` since the run began comes after
   * the run: it stands, and what the run wrote is dropped.
   *
   * @param written what the run wrote: `pending.values`, where it was told to write there
   */
  commit(pending: Pending<Values>, written: Values): void;

  /** Brings the variable's values, wherever they are, to where the `cpu` backend has them. */
  pull(variable: tf.Tensor): void;

  /** Lets go of the memory that is kept for the variable's next values. */
  release(variable: tf.Tensor): void;
}
