/**
 * gMLP (Liu et al. 2021, https://arxiv.org/abs/2105.08050): tokens are mixed inside the channel MLP,
 * by a gate.
 *
 * Axes: B batch, S tokens, C channels, D hidden width.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../errors.js';
import type { ModelOptions } from './architecture.js';
import type { GMlpConfig } from './configs/gmlp.js';
import { dense } from './dense.js';
import { defaultInitialisation } from './initialisation.js';
import { layerNorm } from './layer-norm.js';
import type { BuildOptions } from './options.js';
import { overTokens } from './over-tokens.js';
import { residual } from './residual.js';
import { tokenClassifier } from './token-classifier.js';

export interface GMlpBlockOptions extends BuildOptions {
  /** Width before the gating, D; even, for one half gates the other. */
  readonly hiddenDim: number;
}

/** ε of the gate's LayerNorm where none is given: torch's default, which the known weights saw. */
const gateEpsilon = 1e-5;

/**
 * x ← x + (u ⊙ (A · LN(v))) V with (u, v) = GELU(LN(x) U) split in two, A [S, S] with a bias. The
 * gate starts at 1: A at almost zero, its bias at one.
 *
 * U is two dense layers, `dense_0/content` that makes u and `dense_0/gate` that makes v.
 *
 * @param x [B, S, C]
 * @returns [B, S, C]
 * @throws UsageError when D is odd
 */
export function gMlpBlock(x: tfl.SymbolicTensor, options: GMlpBlockOptions): tfl.SymbolicTensor {
  const { name, hiddenDim, activation = 'gelu', init = defaultInitialisation(), drops } = options;
  if (hiddenDim % 2 !== 0) {
    throw new UsageError(`a gMLP's hiddenDim is split into halves: it is even, not ${hiddenDim}`);
  }
  const width = x.shape.at(-1) as number;
  const normalised = layerNorm(x, `${name}/layer_norm`, options);
  const half = (what: 'content' | 'gate'): tfl.SymbolicTensor =>
    dense(normalised, {
      name: `${name}/dense_0/${what}`,
      units: hiddenDim / 2,
      activation,
      init,
    }); //                                                                    [B, S, D / 2]
  const content = half('content');
  const gate = spatialGate(half('gate'), { ...options, init, name: `${name}/gate` });
  const gated = tfl.layers
    .multiply({ name: `${name}/gating` })
    .apply([content, gate]) as tfl.SymbolicTensor;
  const y = dense(drops?.values(gated, `${name}/gating`) ?? gated, {
    name: `${name}/dense_1`,
    units: width,
    init,
  });
  return residual(x, y, { ...options, name: `${name}/residual` });
}

/** What half the channels say of every token of the other half, [B, S, D / 2]. */
function spatialGate(
  x: tfl.SymbolicTensor,
  { name, epsilon = gateEpsilon, init = defaultInitialisation() }: BuildOptions,
): tfl.SymbolicTensor {
  const normalised = layerNorm(x, `${name}/layer_norm`, { epsilon });
  const mixing = `${name}/token_mixing`;
  return overTokens(normalised, name, (transposed) =>
    dense(transposed, {
      name: mixing,
      units: x.shape[1] as number,
      kernelInitializer: init.normal(mixing, 1e-6),
      initialBias: 1,
    }),
  );
}

/**
 * @param config sizes of the model, form of GELU, LayerNorm's ε (default 1e-6, and 1e-5 in the gates)
 * @param options first values of the weights, dropout
 * @returns a model from images [B, H, W, C_in] to logits [B, numClasses]
 * @throws UsageError when the patch does not divide the image, or D is odd
 */
export function gMlp(config: GMlpConfig, options: ModelOptions = {}): tfl.LayersModel {
  return tokenClassifier(config, options, {
    name: 'gmlp',
    block: (x, shared) => gMlpBlock(x, { ...config, ...shared }),
  });
}
