/**
 * The state of compiled steps: the values of `tf.Variable`s, shared with TensorFlow.js.
 *
 * A variable's values live in one array on the `cpu` backend. A step reads that array where it
 * lies, writes the variable's next values to a second one, and then the two change places, so
 * nothing is copied and TensorFlow.js always sees the current values.
 */

import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

type StateArray = Float32Array | Int32Array;

/** Arrays that this module made: nobody else may be holding on to their old values. */
const own = new WeakSet<StateArray>();
/** The second array of each variable. */
const spares = new WeakMap<tf.Variable, StateArray>();

const backend = (): MathBackendCPU => tf.findBackend('cpu') as MathBackendCPU;

/** The array with a variable's values, moved here first if another backend has them. */
export function currentArray(variable: tf.Variable): StateArray {
  const { values } = backend().data.get(variable.dataId);
  return variable.dtype === 'int32' ? asType(values, Int32Array) : asType(values, Float32Array);
}

function asType<T extends StateArray>(
  values: tf.backend_util.BackendValues | undefined,
  type: { new (values: ArrayLike<number>): T },
): T {
  return values instanceof type ? values : new type(values as ArrayLike<number>);
}

/** An array for a variable's next values. */
export function nextArray(variable: tf.Variable): StateArray {
  const spare = spares.get(variable);
  if (spare !== undefined) {
    spares.delete(variable);
    return spare;
  }
  const array =
    variable.dtype === 'int32' ? new Int32Array(variable.size) : new Float32Array(variable.size);
  own.add(array);
  return array;
}

/** Makes `next`, filled by now, the variable's values. */
export function advance(variable: tf.Variable, next: StateArray): void {
  const data = backend().data.get(variable.dataId);
  const previous = data.values as StateArray;
  if (data.refCount > 1) {
    // A clone shares the old values and must keep them.
    const tensor = tf.tensor(next, variable.shape, variable.dtype);
    variable.assign(tensor);
    tensor.dispose();
    return;
  }
  data.values = next;
  if (own.has(previous)) spares.set(variable, previous);
}
