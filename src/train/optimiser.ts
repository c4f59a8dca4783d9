import type { Tensor } from '@tensorflow/tfjs-core';
import type { AllGradients } from './gradients.js';
import type { NamedVariables } from './variables.js';

/** What turns gradients into new weights. */
export interface Optimiser {
  /** What it must remember from one update to the next, by name. */
  readonly state: NamedVariables;
  /**
   * Updates the variables that it was made for.
   * @param gradients of these variables, in their order
   * @param learningRate a scalar
   */
  apply(gradients: AllGradients, learningRate: Tensor): void;
  dispose(): void;
}

/**
 * Whether weight decay pulls at a weight: at the kernels of dense layers and convolutions alone.
 * Biases, norms, position embeddings and scales of branches are better left where they are.
 *
 * @param name as a checkpoint has it
 */
export const isDecayed = (name: string): boolean => /(^|[/_])kernel$/.test(name);
