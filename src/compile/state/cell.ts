/**
 * State in plain tensors. A step that keeps a tensor from call to call (`tf.keep`), and makes another
 * in its place, has state there as in a variable: a cell. What the step's JavaScript holds after it
 * was traced is one tensor, and that tensor has the values of the last run from then on.
 */
import type * as tf from '@tensorflow/tfjs-core';

export interface Cell {
  /** What has the values now. Another trace of the same state makes another tensor. */
  tensor: tf.Tensor;
}

/** What stands behind a graph's ports. */
export type State = tf.Variable | Cell;

export const isCell = (state: State): state is Cell => 'tensor' in state;

export const tensorOf = (state: State): tf.Tensor => (isCell(state) ? state.tensor : state);

/** Cells by the data of their tensors. */
const cells = new WeakMap<object, Cell>();

export const cellOf = (dataId: object): Cell | undefined => cells.get(dataId);

/** Says that the cell is where its tensor is now. */
export function register(cell: Cell): void {
  cells.set(cell.tensor.dataId, cell);
}
