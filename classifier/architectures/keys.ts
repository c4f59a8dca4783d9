/** Keys of a configuration that several architectures have, and what they mean to a builder. */
import { z } from 'zod';
import { size } from '../../src/config/numbers.js';
import type { Drops } from '../../src/mixer/dropout.js';
import type { Initialisation } from '../../src/mixer/initialisation.js';
import type { ModelOptions } from '../../src/mixer/token-classifier.js';

/** Of all that are made of tokens. */
export const tokenKeys = {
  /** Side of a patch, P. */
  patch: size(),
  /** Channels of a token, C. */
  channels: size(),
  /** Number of blocks, L. */
  numBlocks: size(0),
};

/** Of all that have a GELU. */
export const geluKeys = {
  /** `erf`, the exact one, as in torch and timm; `tanh` as in Flax. Default `erf`. */
  gelu: z.enum(['erf', 'tanh']).exactOptional(),
};

/** Of all that have a LayerNorm. */
export const layerNormKeys = {
  /** ε, added to the variance. Default 1e-6. */
  layerNormEpsilon: z.number().gt(0).max(1).exactOptional(),
};

/** Hidden width of the channel-mixing MLPs of a ResMLP, FF-only model or ViT. Default 4 C. */
export const channelDimKeys = { channelDim: size().exactOptional() };

/** What a builder is given besides sizes. */
export interface Parts {
  readonly init: Initialisation;
  /** Default: nothing is dropped. */
  readonly drops?: Drops | undefined;
}

interface Forms {
  readonly gelu?: 'erf' | 'tanh';
  readonly layerNormEpsilon?: number;
}

/** The options of a model of tokens whose configuration has some of these keys. */
export function modelOptions({ gelu, layerNormEpsilon }: Forms, parts: Parts): ModelOptions {
  return {
    ...parts,
    activation: gelu === 'tanh' ? 'gelu_new' : 'gelu',
    ...(layerNormEpsilon === undefined ? {} : { epsilon: layerNormEpsilon }),
  };
}
