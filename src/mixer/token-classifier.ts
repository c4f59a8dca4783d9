/**
 * What the Mixer and its kin have in common: stem, L blocks, a last normalisation, the mean over the
 * tokens, a linear head that starts at zero. They differ in their block.
 *
 * Axes: B batch, H × W image, P patch side, S tokens, C channels.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { layerNormKeys, type ModelOptions, type ModelSizes, tokenKeys } from './architecture.js';
import { dense } from './dense.js';
import { defaultInitialisation } from './initialisation.js';
import { layerNorm } from './layer-norm.js';
import type { BuildOptions } from './options.js';
import { addPositions } from './positions.js';
import { imageInput } from './rescaling.js';
import { stems } from './stem.js';

const keys = z.object({ ...tokenKeys, ...layerNormKeys });

/** What all of them are configured by. */
export type TokenClassifierConfig = z.output<typeof keys> & ModelSizes;

/** What one model of tokens has of its own. */
export interface TokenStack {
  /** Name of the model. */
  readonly name: string;
  /** From [B, S, C] to [B, S, C]; `options.name` is the block's. */
  readonly block: (x: tfl.SymbolicTensor, options: BuildOptions) => tfl.SymbolicTensor;
  /** Whether the tokens learn their places. Default false: token mixing knows them. */
  readonly positions?: boolean;
  /** What stands between the last block and the mean. Default LayerNorm. */
  readonly preHead?: (x: tfl.SymbolicTensor, options: BuildOptions) => tfl.SymbolicTensor;
}

/**
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not suit the stem or divide the image
 */
export function tokenClassifier(
  config: TokenClassifierConfig,
  { name, init = defaultInitialisation(), drops, scaling }: ModelOptions,
  stack: TokenStack,
): tfl.LayersModel {
  const { imageShape, patch, channels, numBlocks, numClasses, gelu, layerNormEpsilon } = config;
  const { stem = 'patch' } = config;
  const shared: Omit<BuildOptions, 'name'> = {
    init,
    drops,
    activation: gelu === 'tanh' ? 'gelu_new' : 'gelu',
    ...(layerNormEpsilon !== undefined && { epsilon: layerNormEpsilon }),
  };
  const { block, positions = false, preHead = preHeadLayerNorm } = stack;
  const { image, x: pixels } = imageInput(imageShape, scaling);
  let x = stems[stem](pixels, { ...shared, patch, channels, name: 'stem' }); //  [B, S, C]
  if (positions) x = addPositions(x, { init, name: 'positions' });
  for (let i = 0; i < numBlocks; i++) x = block(x, { ...shared, name: `block_${i}` });
  x = preHead(x, { ...shared, name: 'pre_head' });
  x = tfl.layers.globalAveragePooling1d({ name: 'mean' }).apply(x) as tfl.SymbolicTensor; // [B, C]
  const logits = dense(x, {
    name: 'head',
    units: numClasses,
    kernelInitializer: init.scaledKernel('head', 0),
  });
  return tfl.model({ inputs: image, outputs: logits, name: name ?? stack.name });
}

const preHeadLayerNorm = (x: tfl.SymbolicTensor, options: BuildOptions): tfl.SymbolicTensor =>
  layerNorm(x, `${options.name}_layer_norm`, options);
