/**
 * Published sizes of the Mixer's kin, at 224 × 224 × 3 with a head of 1,000 classes: of ResMLP and
 * gMLP those with known weights, of ViT and FF-only models those of the papers, here without a class
 * token.
 */
import type { FeedForwardConfig } from './ff.js';
import type { GMlpConfig } from './gmlp.js';
import type { ResMlpConfig } from './resmlp.js';
import type { TokenClassifierConfig } from './token-classifier.js';
import type { VitConfig } from './vit.js';

/** A size and the architecture that it is of. */
export type KinSizeConfig =
  | ({ readonly arch: 'resmlp' } & ResMlpConfig)
  | ({ readonly arch: 'gmlp' } & GMlpConfig)
  | ({ readonly arch: 'ff' } & FeedForwardConfig)
  | ({ readonly arch: 'vit' } & VitConfig);

const tokens = (patch: number, channels: number, numBlocks: number): TokenClassifierConfig => ({
  imageShape: [224, 224, 3],
  patch,
  channels,
  numBlocks,
  numClasses: 1000,
});

const resMlp = (patch: number, channels: number, numBlocks: number) =>
  ({ arch: 'resmlp', ...tokens(patch, channels, numBlocks), channelDim: 4 * channels }) as const;

const gMlp = (channels: number) =>
  ({ arch: 'gmlp', ...tokens(16, channels, 30), hiddenDim: 6 * channels }) as const;

const feedForward = (patch: number, channels: number, numBlocks: number) => {
  const tokenDim = 4 * (224 / patch) ** 2;
  const sizes = tokens(patch, channels, numBlocks);
  return { arch: 'ff', ...sizes, tokenDim, channelDim: 4 * channels } as const;
};

const vit = (patch: number, channels: number, numBlocks: number, heads: number) => {
  const sizes = tokens(patch, channels, numBlocks);
  return { arch: 'vit', ...sizes, heads, channelDim: 4 * channels } as const;
};

/** By name. */
export const kinSizes = {
  'resmlp-12': resMlp(16, 384, 12),
  'resmlp-24': resMlp(16, 384, 24),
  'resmlp-36': resMlp(16, 384, 36),
  'resmlp-b24': resMlp(8, 768, 24),
  'gmlp-ti': gMlp(128),
  'gmlp-s': gMlp(256),
  'gmlp-b': gMlp(512),
  'ff-ti': feedForward(16, 192, 12),
  'ff-b': feedForward(16, 768, 12),
  'ff-l': feedForward(32, 1024, 24),
  'vit-ti': vit(16, 192, 12, 3),
  'vit-s': vit(16, 384, 12, 6),
  'vit-b': vit(16, 768, 12, 12),
} as const satisfies Record<string, KinSizeConfig>;

export type KinSize = keyof typeof kinSizes;
