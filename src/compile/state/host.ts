/**
 * State in the memory of this process, shared with TensorFlow.js.
 *
 * A variable's values, and those of a tensor that a step keeps, live in one array on the `cpu` backend. A step reads that array where it
 * lies, writes the variable's next values to a second one, and then the two change places, so
 * nothing is copied and TensorFlow.js always sees the current values.
 */

import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { StateStore } from './store.js';

export type StateArray = Float32Array | Int32Array | Uint8Array;

/** The array that a tensor's values are in. */
export const typeOf = ({ dtype }: tf.Tensor) =>
  dtype === 'int32' ? Int32Array : dtype === 'bool' ? Uint8Array : Float32Array;

/** Arrays that this module made: nobody else may be holding on to their old values. */
const own = new WeakSet<StateArray>();
const nameOf = (tensor: tf.Tensor): string =>
  tensor instanceof tf.Variable ? `the variable ${tensor.name}` : 'a tensor that it kept';

/** The second array of each variable. */
const spares = new WeakMap<tf.Tensor, StateArray>();

/** What stands for data whose values a run has changed; the data itself does until then. */
const stamps = new WeakMap<object, object>();

/** Moves the data here first if another backend has it. */
export const dataOf = ({ dataId }: tf.Tensor) =>
  (tf.findBackend('cpu') as MathBackendCPU).data.get(dataId);

function spareOf(variable: tf.Tensor): StateArray {
  const spare = spares.get(variable);
  if (spare !== undefined) {
    spares.delete(variable);
    return spare;
  }
  const array = new (typeOf(variable))(variable.size);
  own.add(array);
  return array;
}

/** Data of the variable's own; others that shared what it had keep that. */
export function separate(variable: tf.Tensor, values: StateArray): void {
  const tensor = tf.tensor(values, variable.shape, variable.dtype);
  // A tensor that is kept is given new data as variables are.
  tf.Variable.prototype.assign.call(variable, tensor);
  tensor.dispose();
}

/** The data has other values than it had. */
export function renew(dataId: object): void {
  stamps.set(dataId, {});
}

function checkUse(variable: tf.Tensor): void {
  if (!variable.isDisposed) return;
  throw new CompileError(`a step uses ${nameOf(variable)}, which was disposed of`);
}

/** The one store of a process: all its steps share the variables. */
export const hostState: StateStore<StateArray> = {
  read(variable) {
    checkUse(variable);
    const values = dataOf(variable).values as StateArray;
    const type = typeOf(variable);
    return values instanceof type ? values : new type(values);
  },

  stamp(variable) {
    checkUse(variable);
    return stamps.get(variable.dataId) ?? variable.dataId;
  },

  next(variable) {
    const data = variable.isDisposed ? undefined : dataOf(variable);
    if (data !== undefined && data.refCount > 1) {
      // An `assign` of a clone that has the same data would look like none at all.
      const shared = data.values as StateArray;
      own.delete(shared);
      separate(variable, shared);
    }
    return { variable, dataId: variable.dataId, values: spareOf(variable) };
  },

  commit({ variable, dataId }, values) {
    if (variable.isDisposed) return;
    if (variable.dataId !== dataId) {
      spares.set(variable, values);
      return;
    }
    const data = dataOf(variable);
    const previous = data.values as StateArray;
    if (data.refCount > 1) {
      // A clone shares the old values and must keep them.
      separate(variable, values);
      return;
    }
    data.values = values;
    renew(dataId);
    if (own.has(previous)) spares.set(variable, previous);
  },

  pull(variable) {
    dataOf(variable);
  },

  release(variable) {
    spares.delete(variable);
  },
};
