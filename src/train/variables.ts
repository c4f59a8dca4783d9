import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { HostTensor } from '../compile/step.js';
import { InputError } from '../errors.js';
import { misfits } from '../text.js';

/** Variables by the name under which a checkpoint keeps them. */
export type NamedVariables = ReadonlyMap<string, tf.Variable>;

/** The `tf.Variable` that a layer's weight wraps. */
const variableOf = (weight: LayerVariable): tf.Variable =>
  (weight as unknown as { readonly val: tf.Variable }).val;

/**
 * The weights of a model as `PREFIX/LAYER/WEIGHT`, in the model's order. These names, unlike those
 * that tfjs makes unique for the whole process, depend on the model alone.
 */
export function modelVariables(model: LayersModel, prefix: string): Map<string, tf.Variable> {
  return new Map(
    model.weights.map((weight) => [`${prefix}/${weight.originalName}`, variableOf(weight)]),
  );
}

/** Those of `modelVariables` that an optimiser changes: running statistics are not among them. */
export function trainableVariables(model: LayersModel, prefix: string): Map<string, tf.Variable> {
  const trainable = new Set(model.trainableWeights.map(variableOf));
  return new Map([...modelVariables(model, prefix)].filter(([, value]) => trainable.has(value)));
}

/** What the layers of a model move when they see a batch; weights of layers that do not learn stay as they are. */
export const runningStatistics = (model: LayersModel): tf.Variable[] =>
  model.layers
    .filter(({ trainable }) => trainable)
    .flatMap((layer) => layer.nonTrainableWeights.map(variableOf));

/** Several maps as one; a name that appears twice is a defect. */
export function mergeVariables(...maps: NamedVariables[]): Map<string, tf.Variable> {
  const merged = new Map<string, tf.Variable>();
  for (const [name, variable] of maps.flatMap((map) => [...map])) {
    if (merged.has(name)) throw new Error(`two variables are called ${name}`);
    merged.set(name, variable);
  }
  return merged;
}

/**
 * Gives variables their values from a checkpoint. Names and shapes must be the same on both sides.
 *
 * @throws InputError that names what is missing, unexpected or different; nothing is assigned then
 */
export function assignVariables(
  loaded: { readonly path: string; readonly variables: ReadonlyMap<string, HostTensor> },
  variables: NamedVariables,
): void {
  const differences = compareVariables(loaded.variables, variables);
  if (differences !== '') {
    throw new InputError(`${loaded.path} does not fit this model: ${differences}`);
  }
  for (const [name, variable] of variables) {
    const { values, shape, dtype } = loaded.variables.get(name)!;
    // A backend may keep the very array it is given.
    const tensor = tf.tensor(values.slice(), [...shape], dtype);
    variable.assign(tensor);
    tensor.dispose();
  }
}

/** Copies the values of variables to this process's memory. */
export async function readVariables(variables: NamedVariables): Promise<Map<string, HostTensor>> {
  const tensors = new Map<string, HostTensor>();
  for (const [name, variable] of variables) tensors.set(name, await readVariable(name, variable));
  return tensors;
}

function compareVariables(loaded: ReadonlyMap<string, HostTensor>, wanted: NamedVariables): string {
  const missing = [...wanted.keys()].filter((name) => !loaded.has(name));
  const unexpected = [...loaded.keys()].filter((name) => !wanted.has(name));
  const different = [...wanted].flatMap(([name, variable]) => {
    const found = loaded.get(name);
    if (found === undefined || typeName(found) === typeName(variable)) return [];
    return [`${name} is ${typeName(found)}, the model has ${typeName(variable)}`];
  });
  return misfits({ missing, unexpected, different });
}

/** `float32[3,4]` */
const typeName = ({ dtype, shape }: { dtype: string; shape: readonly number[] }): string =>
  `${dtype}[${shape}]`;

async function readVariable(name: string, variable: tf.Variable): Promise<HostTensor> {
  const values = await variable.data();
  const shape = [...variable.shape];
  // Copies: a backend may hand out the very array that it computes with.
  if (variable.dtype === 'float32') {
    return { dtype: 'float32', shape, values: Float32Array.from(values) };
  }
  if (variable.dtype === 'int32') return { dtype: 'int32', shape, values: Int32Array.from(values) };
  throw new TypeError(`variable ${name} is ${variable.dtype}; checkpoints hold float32 and int32`);
}
