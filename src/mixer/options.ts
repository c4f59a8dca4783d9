import type { Drops } from './dropout.js';
import type { Initialisation } from './initialisation.js';

/** Gaussian error linear unit: `gelu` is exact (erf; torch, timm), `gelu_new` the tanh form (Flax). */
export type GeluForm = 'gelu' | 'gelu_new';

/** What every part of a Mixer takes. */
export interface BuildOptions {
  /** Prefix of the layers' names; unique within a model. */
  readonly name: string;
  /** First values of the weights. Default: LeCun normal kernels from seed 0. */
  readonly init?: Initialisation;
  /** Default `gelu`. */
  readonly activation?: GeluForm;
  /** Added to the variance in LayerNorm. Default 1e-6. */
  readonly epsilon?: number;
  /** Dropout and stochastic depth in training. Default none. */
  readonly drops?: Drops | undefined;
}

/** Of a model that may be told what images are of. */
export interface ConditionalOptions extends BuildOptions {
  /** Number of classes, K, for a second input `label` [B, K], one-hot; no such input when absent. */
  readonly numClasses?: number | undefined;
}
