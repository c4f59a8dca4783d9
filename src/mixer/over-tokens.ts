import * as tfl from '@tensorflow/tfjs-layers';

/**
 * What `map` does along the last axis, done along the tokens: map(xᵀ)ᵀ.
 *
 * @param x [B, S, C]
 * @param name prefix of the transpositions' names
 * @param map from [B, C, S] to [B, C, S]
 * @returns [B, S, C]
 */
export function overTokens(
  x: tfl.SymbolicTensor,
  name: string,
  map: (transposed: tfl.SymbolicTensor) => tfl.SymbolicTensor,
): tfl.SymbolicTensor {
  return transpose(map(transpose(x, `${name}/to_tokens`)), `${name}/to_channels`);
}

const transpose = (x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor =>
  tfl.layers.permute({ dims: [2, 1], name }).apply(x) as tfl.SymbolicTensor;
