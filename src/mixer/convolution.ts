import * as tfl from '@tensorflow/tfjs-layers';
import type { Initializer } from './initialisation.js';

export interface ConvolutionOptions {
  readonly name: string;
  readonly filters: number;
  /** Side of the square kernel. */
  readonly kernelSize: number;
  readonly kernelInitializer: Initializer;
  /** Default 1. */
  readonly stride?: number;
  /** Default `same`. */
  readonly padding?: 'same' | 'valid';
  /** Default: none. */
  readonly activation?: 'relu';
  /** Default true. */
  readonly useBias?: boolean;
}

/**
 * @param x [B, H, W, C]
 * @returns [B, ⌈H / stride⌉, ⌈W / stride⌉, filters], where it is padded
 */
export function convolution(
  x: tfl.SymbolicTensor,
  { stride = 1, padding = 'same', ...options }: ConvolutionOptions,
): tfl.SymbolicTensor {
  return tfl.layers.conv2d({ ...options, strides: stride, padding }).apply(x) as tfl.SymbolicTensor;
}

/**
 * @param x [B, H, W, C]
 * @returns [B, H · stride, W · stride, filters]
 */
export const transposedConvolution = (
  x: tfl.SymbolicTensor,
  { stride = 1, ...options }: Omit<ConvolutionOptions, 'padding'>,
): tfl.SymbolicTensor =>
  tfl.layers
    .conv2dTranspose({ ...options, strides: stride, padding: 'same' })
    .apply(x) as tfl.SymbolicTensor;
