/**
 * Multi-head self-attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, section 3.2) in
 * stock layers. Those cannot split an axis, so every head has dense layers of its own.
 *
 * Axes: B batch, S tokens, C channels, d = C / heads.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../errors.js';
import { dense } from './dense.js';
import type { BuildOptions } from './options.js';

export interface AttentionOptions extends BuildOptions {
  /** Number of heads; divides C. */
  readonly heads: number;
}

/**
 * The heads' softmax(Q Kᵀ / √d) V side by side, then a linear map.
 *
 * @param x [B, S, C]
 * @returns [B, S, C]
 * @throws UsageError when the heads do not divide C
 */
export function selfAttention(
  x: tfl.SymbolicTensor,
  options: AttentionOptions,
): tfl.SymbolicTensor {
  const { name, heads, init } = options;
  const channels = x.shape.at(-1) as number;
  if (channels % heads !== 0) {
    throw new UsageError(
      `attention divides the channels among its heads: ${channels} do not divide into ${heads}; change channels or heads`,
    );
  }
  const contexts = Array.from({ length: heads }, (_, i) =>
    head(x, { ...options, name: `${name}/head_${i}` }),
  );
  const joined = heads === 1 ? contexts[0]! : join(contexts, `${name}/heads`); // [B, S, C]
  return dense(joined, { name: `${name}/output`, units: channels, init });
}

/** [B, S, C] → [B, S, d] */
function head(x: tfl.SymbolicTensor, { name, heads, init }: AttentionOptions): tfl.SymbolicTensor {
  const units = (x.shape.at(-1) as number) / heads;
  const project = (what: string): tfl.SymbolicTensor =>
    dense(x, { name: `${name}/${what}`, units, init }); //                         [B, S, d]
  const query = tfl.layers
    .rescaling({ scale: 1 / Math.sqrt(units), name: `${name}/scaled_query` })
    .apply(project('query')) as tfl.SymbolicTensor;
  const scores = product(query, project('key'), [2, 2], `${name}/scores`); //      [B, S, S]
  const weights = tfl.layers
    .softmax({ axis: -1, name: `${name}/weights` })
    .apply(scores) as tfl.SymbolicTensor;
  return product(weights, project('value'), [2, 1], `${name}/context`); //         [B, S, d]
}

const product = (
  a: tfl.SymbolicTensor,
  b: tfl.SymbolicTensor,
  axes: [number, number],
  name: string,
): tfl.SymbolicTensor => tfl.layers.dot({ axes, name }).apply([a, b]) as tfl.SymbolicTensor;

const join = (parts: tfl.SymbolicTensor[], name: string): tfl.SymbolicTensor =>
  tfl.layers.concatenate({ axis: -1, name }).apply(parts) as tfl.SymbolicTensor;
