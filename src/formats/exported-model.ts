import type { LayersModel } from '@tensorflow/tfjs-layers';
import { modelVariables, type NamedVariables } from '../train/variables.js';

/** What every exported file says about itself, as text. */
export type ModelMetadata = {
  /** Version of this package. */
  readonly mixgan: string;
  /** One line for a person: what goes in, what comes out. */
  readonly description: string;
  /** The family of the model. */
  readonly kind: string;
  /** How many steps the model was trained for. */
  readonly step: string;
  /** JSON of the configuration it was built from. */
  readonly config: string;
  /** Share of held-out images that a classifier recognised, 0 … 1, where its run tells. */
  readonly testAccuracy?: string;
};

/** A model of one output; its inputs and its output have the batch as their first axis. */
export interface ExportedModel {
  readonly model: LayersModel;
  /** Names of the inputs, in the model's order, and of the output to the outside. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly metadata: ModelMetadata;
}

/** The weights of a model as `LAYER/WEIGHT`, in the model's order. */
export function weightsOf(model: LayersModel): NamedVariables {
  const prefix = 'model';
  const named = [...modelVariables(model, prefix)];
  return new Map(named.map(([name, variable]) => [name.slice(prefix.length + 1), variable]));
}
