import type { ArchitectureName } from './names.js';
import type { ModelConfig } from './schema.js';

/** Today's forms, named so that `--set` can change them. */
const gelu = 'erf';
const layerNormEpsilon = 1e-6;
const patch = 4;

/**
 * Sizes to start from, and to compare architectures with: on 28 × 28 digits each has about as many
 * parameters as the first, give or take a fifth.
 */
export const defaultModels: Readonly<Record<ArchitectureName, ModelConfig>> = {
  mixer: {
    arch: 'mixer',
    patch,
    channels: 64,
    tokenDim: 64,
    channelDim: 128,
    numBlocks: 4,
    gelu,
    layerNormEpsilon,
  },
  resmlp: { arch: 'resmlp', patch, channels: 64, channelDim: 160, numBlocks: 4, gelu },
  gmlp: {
    arch: 'gmlp',
    patch,
    channels: 64,
    hiddenDim: 208,
    numBlocks: 4,
    gelu,
    layerNormEpsilon,
  },
  ff: {
    arch: 'ff',
    patch,
    channels: 56,
    tokenDim: 196,
    channelDim: 224,
    numBlocks: 2,
    gelu,
    layerNormEpsilon,
  },
  vit: {
    arch: 'vit',
    patch,
    channels: 48,
    heads: 4,
    channelDim: 192,
    numBlocks: 3,
    gelu,
    layerNormEpsilon,
  },
  resnet: { arch: 'resnet', channels: [16, 32, 64], blocksPerStage: 1 },
  cnn: { arch: 'cnn', channels: [16, 32, 64], features: 64 },
};
