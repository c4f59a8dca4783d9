import { Player } from '../src/train/player.js';
import type { ClassifierConfig } from './config.js';
import { buildClassifier, type Task } from './model.js';
import { createOptimiser } from './optimiser.js';

/**
 * A classifier in training, with a moving average of its weights where the configuration asks for it.
 * @throws UsageError when the model does not fit the images
 */
export const classifierPlayer = (config: ClassifierConfig, task: Task): Player =>
  new Player({
    name: 'model',
    build: () => buildClassifier(config, task).model,
    optimiser: (trainables) => createOptimiser(config.optimiser, trainables),
    averaged: config.emaDecay > 0,
  });
