/**
 * Stems: from an image [B, H, W, C_in] to tokens [B, S, C].
 *
 * Axes: B batch, H × W image, P patch side, S tokens, C channels.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../errors.js';
import { convolution } from './convolution.js';
import { defaultInitialisation } from './initialisation.js';
import type { BuildOptions } from './options.js';
import type { StemKind } from './stem-kinds.js';

export interface StemOptions extends BuildOptions {
  /** Side of a patch in pixels, P; divides H and W. */
  readonly patch: number;
  /** Channels of a token, C. */
  readonly channels: number;
  /** What is divided into patches, as an error calls it. Default `images`. */
  readonly dividing?: string | undefined;
}

/**
 * The paper's stem: one linear map shared by all P × P patches, a convolution whose kernel equals
 * its stride.
 *
 * @param image [B, H, W, C_in]
 * @returns [B, S, C] with S = (H / P) · (W / P)
 * @throws UsageError when P does not divide H and W
 */
export function patchStem(image: tfl.SymbolicTensor, options: StemOptions): tfl.SymbolicTensor {
  requireWholePatches(image, options);
  const features = patches(image, {
    ...options,
    kernel: options.patch,
    stride: options.patch,
    filters: options.channels,
  });
  return toTokens(features, options.name);
}

/**
 * Overlapping patches: a convolution whose kernel is twice its stride, so that neighbouring tokens
 * see shared pixels. Shapes as `patchStem`.
 */
export function overlapStem(image: tfl.SymbolicTensor, options: StemOptions): tfl.SymbolicTensor {
  requireWholePatches(image, options);
  const features = patches(image, {
    ...options,
    kernel: 2 * options.patch,
    stride: options.patch,
    filters: options.channels,
  });
  return toTokens(features, options.name);
}

/**
 * A small convolutional stem: 4 × 4 convolutions of stride 2, each doubling the channels, with
 * leaky ReLU between them, until a token covers P × P pixels. Shapes as `patchStem`.
 *
 * @throws UsageError when P is not a power of two from 2 up, or does not divide H and W
 */
export function convStem(image: tfl.SymbolicTensor, options: StemOptions): tfl.SymbolicTensor {
  const { patch, channels, name } = options;
  requireWholePatches(image, options);
  const steps = Math.log2(patch);
  if (!Number.isInteger(steps) || steps < 1) {
    throw new UsageError(
      `a convolutional stem halves the image again and again: its patch is 2, 4, 8, …, not ${patch}`,
    );
  }
  let features = image;
  for (let i = 0; i < steps; i++) {
    const filters = Math.max(1, Math.round(channels / 2 ** (steps - 1 - i)));
    const step = `${name}/step_${i}`;
    features = patches(features, { ...options, name: step, kernel: 4, stride: 2, filters });
    if (i < steps - 1) {
      features = tfl.layers
        .leakyReLU({ alpha: 0.2, name: `${step}/activation` })
        .apply(features) as tfl.SymbolicTensor;
    }
  }
  return toTokens(features, name);
}

/** By name. */
export const stems = {
  patch: patchStem,
  overlap: overlapStem,
  conv: convStem,
} as const satisfies Record<StemKind, unknown>;

interface PatchesOptions extends BuildOptions {
  readonly kernel: number;
  readonly stride: number;
  readonly filters: number;
}

const patches = (
  x: tfl.SymbolicTensor,
  { name, kernel, stride, filters, init = defaultInitialisation() }: PatchesOptions,
): tfl.SymbolicTensor =>
  convolution(x, {
    name: `${name}/conv`,
    filters,
    kernelSize: kernel,
    stride,
    padding: kernel === stride ? 'valid' : 'same',
    kernelInitializer: init.kernel(`${name}/conv`),
  });

/** [B, h, w, C] → [B, h · w, C] */
function toTokens(features: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor {
  const [, height, width, channels] = features.shape as [null, number, number, number];
  return tfl.layers
    .reshape({ targetShape: [height * width, channels], name: `${name}/tokens` })
    .apply(features) as tfl.SymbolicTensor;
}

function requireWholePatches(
  image: tfl.SymbolicTensor,
  { patch, dividing = 'images' }: StemOptions,
): void {
  const [, height, width] = image.shape as [null, number, number, number];
  if (!Number.isInteger(patch) || patch < 1) {
    throw new UsageError(`a patch side is a whole number of pixels from 1 up, not ${patch}`);
  }
  if (height % patch !== 0 || width % patch !== 0) {
    throw new UsageError(
      `${dividing} of ${height}×${width} do not divide into ${patch}×${patch} patches; choose a patch that divides both sides`,
    );
  }
}
