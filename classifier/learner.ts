/**
 * A classifier in training: its model, the moving average of its weights, its optimiser.
 */
import { Accumulator } from '../src/train/accumulator.js';
import { copyVariables } from '../src/train/ema.js';
import type { Optimiser } from '../src/train/optimiser.js';
import { mergeVariables, type NamedVariables } from '../src/train/variables.js';
import type { ClassifierConfig } from './config.js';
import { assignPretrained, type Pretrained } from './finetune.js';
import { buildClassifier, type Classifier, type Task } from './model.js';
import { createOptimiser } from './optimiser.js';

export class Learner {
  readonly classifier: Classifier;
  /** The same model with averaged weights, where the configuration asks for them. */
  readonly averaged: Classifier | undefined;
  readonly optimiser: Optimiser;
  /** Where an update takes several batches. */
  readonly accumulator: Accumulator | undefined;

  /** @throws UsageError when the model does not fit the images */
  constructor(config: ClassifierConfig, task: Task) {
    this.classifier = buildClassifier(config, task);
    this.averaged = config.emaDecay > 0 ? buildClassifier(config, task, 'average') : undefined;
    const { trainables } = this.classifier;
    this.optimiser = createOptimiser(config.optimiser, trainables);
    this.accumulator = config.accumulate > 1 ? new Accumulator(trainables) : undefined;
    this.#startAverages();
  }

  /** The classifier that recognises. */
  get evaluated(): Classifier {
    return this.averaged ?? this.classifier;
  }

  /** Starts from the weights of another training. */
  startFrom(pretrained: Pretrained): void {
    assignPretrained(pretrained, this.classifier);
    this.#startAverages();
  }

  /** All that a checkpoint holds. */
  variables(): NamedVariables {
    return mergeVariables(
      this.classifier.variables,
      this.averaged?.variables ?? new Map(),
      this.optimiser.state,
    );
  }

  /** The first averages are the first weights. */
  #startAverages(): void {
    if (this.averaged) copyVariables(this.classifier.variables, this.averaged.variables);
  }

  dispose(): void {
    this.classifier.model.dispose();
    this.averaged?.model.dispose();
    this.optimiser.dispose();
    this.accumulator?.dispose();
  }
}
