import { Adam } from '../src/train/adam.js';
import type { Optimiser } from '../src/train/optimiser.js';
import { Sgd } from '../src/train/sgd.js';
import type { NamedVariables } from '../src/train/variables.js';
import type { OptimiserConfig } from './optimiser-config.js';

/** @param variables what it updates */
export function createOptimiser(config: OptimiserConfig, variables: NamedVariables): Optimiser {
  if (config.kind === 'sgd') return new Sgd('sgd', variables, config);
  const { beta1, beta2 } = config;
  const weightDecay = config.kind === 'adamw' ? config.weightDecay : 0;
  return new Adam('adam', variables, { beta1, beta2, weightDecay });
}
