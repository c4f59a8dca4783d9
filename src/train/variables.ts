import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';

/** Variables by the name under which a checkpoint keeps them. */
export type NamedVariables = ReadonlyMap<string, Variable>;

/** The `tf.Variable` that a layer's weight wraps. */
const variableOf = (weight: LayerVariable): Variable =>
  (weight as unknown as { readonly val: Variable }).val;

/**
 * The weights of a model as `PREFIX/LAYER/WEIGHT`, in the model's order. These names, unlike those
 * that tfjs makes unique for the whole process, depend on the model alone.
 */
export function modelVariables(model: LayersModel, prefix: string): Map<string, Variable> {
  return new Map(
    model.weights.map((weight) => [`${prefix}/${weight.originalName}`, variableOf(weight)]),
  );
}

/** Those of `modelVariables` that an optimiser changes: running statistics are not among them. */
export function trainableVariables(model: LayersModel, prefix: string): Map<string, Variable> {
  const trainable = new Set(model.trainableWeights.map(variableOf));
  return new Map([...modelVariables(model, prefix)].filter(([, value]) => trainable.has(value)));
}

/** Several maps as one; a name that appears twice is a defect. */
export function mergeVariables(...maps: NamedVariables[]): Map<string, Variable> {
  const merged = new Map<string, Variable>();
  for (const [name, variable] of maps.flatMap((map) => [...map])) {
    if (merged.has(name)) throw new Error(`two variables are called ${name}`);
    merged.set(name, variable);
  }
  return merged;
}
