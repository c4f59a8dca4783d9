import type { LayersModel } from '@tensorflow/tfjs-layers';
import { copyVariables } from './ema.js';
import type { Optimiser } from './optimiser.js';
import {
  mergeVariables,
  modelVariables,
  type NamedVariables,
  trainableVariables,
} from './variables.js';

/** A model and the names of its weights. */
export interface NamedModel {
  readonly model: LayersModel;
  /** All that the model holds, running statistics included: `PREFIX/LAYER/WEIGHT`. */
  readonly variables: NamedVariables;
}

export interface PlayerOptions {
  /** What the names of the model's variables begin with: `model`, `generator`. */
  readonly name: string;
  /** Makes the model, with the same first weights every time. */
  readonly build: () => LayersModel;
  /** Makes the model of the averaged weights, where it uses the same ones otherwise; `build` by default. */
  readonly buildAverage?: () => LayersModel;
  /** @param trainables what the optimiser is to update */
  readonly optimiser: (trainables: NamedVariables) => Optimiser;
  /** Whether a moving average of the weights is kept, as `AVERAGE/LAYER/WEIGHT`. */
  readonly averaged?: boolean;
  /** What the names of the averaged variables begin with; `average` by default. */
  readonly averageName?: string;
}

/** A model in training, its optimiser, and the moving average of its weights. */
export class Player implements NamedModel {
  readonly model: LayersModel;
  readonly variables: NamedVariables;
  /** What an update changes: running statistics are left to their layers. */
  readonly trainables: NamedVariables;
  readonly optimiser: Optimiser;
  /** The same model with averaged weights, where an average is kept. */
  readonly average: NamedModel | undefined;

  /** @throws what `build` throws */
  constructor({
    name,
    build,
    buildAverage = build,
    optimiser,
    averaged = false,
    averageName = 'average',
  }: PlayerOptions) {
    this.model = build();
    this.variables = modelVariables(this.model, name);
    this.trainables = trainableVariables(this.model, name);
    this.optimiser = optimiser(this.trainables);
    if (averaged) {
      const model = buildAverage();
      this.average = { model, variables: modelVariables(model, averageName) };
      this.startAverage();
    }
  }

  /** The model that is worth using: the averaged one where there is one. */
  get evaluated(): NamedModel {
    return this.average ?? this;
  }

  /** Makes the average what the weights are, as the first of a training are. */
  startAverage(): void {
    if (this.average) copyVariables(this.variables, this.average.variables);
  }

  /** All that a checkpoint holds of it. */
  get state(): NamedVariables {
    const averages = this.average?.variables ?? new Map();
    return mergeVariables(this.variables, averages, this.optimiser.state);
  }

  dispose(): void {
    this.model.dispose();
    this.average?.model.dispose();
    this.optimiser.dispose();
  }
}
