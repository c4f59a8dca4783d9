/**
 * ResMLP (Touvron et al. 2021, https://arxiv.org/abs/2105.03404): no statistics, one linear map over
 * the tokens.
 *
 * Axes: B batch, S tokens, C channels.
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { affine, layerScale } from './affine.js';
import type { ModelOptions } from './architecture.js';
import type { ResMlpConfig } from './configs/resmlp.js';
import { dense } from './dense.js';
import { mlp } from './mlp.js';
import type { BuildOptions } from './options.js';
import { overTokens } from './over-tokens.js';
import { residual } from './residual.js';
import { tokenClassifier } from './token-classifier.js';

export interface ResMlpBlockOptions extends BuildOptions {
  /** Hidden width of the channel-mixing MLP. Default 4 C. */
  readonly channelDim?: number;
  /** First value of the LayerScale at the end of either branch. */
  readonly layerScale: number;
}

/**
 * x ← x + γ₀ ⊙ (A · Aff(x)), A [S, S] with a bias, then x ← x + γ₁ ⊙ channelMlp(Aff(x)).
 *
 * @param x [B, S, C]
 * @returns [B, S, C]
 */
export function resMlpBlock(
  x: tfl.SymbolicTensor,
  options: ResMlpBlockOptions,
): tfl.SymbolicTensor {
  const { name, init, layerScale: initial } = options;
  const [, numTokens, width] = x.shape as [null, number, number];

  let y = overTokens(affine(x, `${name}/affine_0`), name, (transposed) =>
    dense(transposed, { name: `${name}/token_mixing`, units: numTokens, init }),
  );
  y = layerScale(y, `${name}/layer_scale_0`, initial);
  const mixed = residual(x, y, { ...options, name: `${name}/token_residual` });

  y = mlp(affine(mixed, `${name}/affine_1`), {
    ...options,
    name: `${name}/channel_mixing`,
    hiddenDim: options.channelDim ?? 4 * width,
  });
  y = layerScale(y, `${name}/layer_scale_1`, initial);
  return residual(mixed, y, { ...options, name: `${name}/channel_residual` });
}

/**
 * @param config sizes of the model, form of GELU
 * @param options first values of the weights, dropout
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not divide the image
 */
export function resMlp(config: ResMlpConfig, options: ModelOptions = {}): tfl.LayersModel {
  const initial = initialLayerScale(config.numBlocks);
  return tokenClassifier(config, options, {
    name: 'resmlp',
    block: (x, shared) => resMlpBlock(x, { ...config, ...shared, layerScale: initial }),
    preHead: (x, { name }) => affine(x, `${name}_affine`),
  });
}

/** The deeper, the nearer to the identity a model starts; the paper's values. */
function initialLayerScale(numBlocks: number): number {
  if (numBlocks <= 18) return 1e-4;
  return numBlocks <= 24 ? 1e-5 : 1e-6;
}
