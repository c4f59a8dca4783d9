/**
 * A small residual network, as the one for CIFAR-10 in "Deep Residual Learning for Image Recognition"
 * (He et al. 2015, https://arxiv.org/abs/1512.03385, section 4.2): stages of basic blocks, each stage
 * but the first at half the resolution. Three stages of n blocks are a ResNet-(6n + 2).
 *
 * Axes: B batch, H × W image, C channels.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { size } from '../../src/config/numbers.js';
import { dense } from '../../src/mixer/dense.js';
import { residual } from '../../src/mixer/residual.js';
import type { Parts } from './keys.js';
import type { ModelSizes } from './sizes.js';

export const resNetSchema = z.strictObject({
  arch: z.literal('resnet'),
  /** Channels of each stage. */
  channels: z.array(size()).min(1).max(6).readonly(),
  /** Blocks of each stage, n; two convolutions each. */
  blocksPerStage: size(),
});

export type ResNetModel = z.output<typeof resNetSchema>;

/** @returns a model from images [B, H, W, C_in] to logits [B, numClasses] */
export function buildResNet(
  { channels, blocksPerStage }: ResNetModel,
  { imageShape, numClasses }: ModelSizes,
  parts: Parts,
): tfl.LayersModel {
  const image = tfl.input({ shape: [...imageShape], name: 'image' });
  let x = relu(
    convolution(image, parts, { name: 'stem', filters: channels[0]!, kernelSize: 3 }),
    'stem/activation',
  );
  channels.forEach((filters, stage) => {
    for (let i = 0; i < blocksPerStage; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      x = basicBlock(x, parts, { name: `stage_${stage}/block_${i}`, filters, stride });
    }
  });
  x = tfl.layers.globalAveragePooling2d({ name: 'mean' }).apply(x) as tfl.SymbolicTensor; // [B, C]
  const logits = dense(x, {
    name: 'head',
    units: numClasses,
    kernelInitializer: parts.init.scaledKernel('head', 0),
  });
  return tfl.model({ inputs: image, outputs: logits, name: 'resnet' });
}

interface BlockOptions {
  readonly name: string;
  readonly filters: number;
  readonly stride: number;
}

/** relu(x + conv(relu(conv(x)))); x through a 1 × 1 convolution where its shape changes. */
function basicBlock(
  x: tfl.SymbolicTensor,
  parts: Parts,
  { name, filters, stride }: BlockOptions,
): tfl.SymbolicTensor {
  const sizes = { filters, kernelSize: 3 };
  const first = convolution(x, parts, { ...sizes, name: `${name}/0`, stride });
  const y = relu(first, `${name}/0/activation`);
  const branch = convolution(y, parts, { ...sizes, name: `${name}/1` });
  const isSame = stride === 1 && x.shape.at(-1) === filters;
  const shortcut = isSame
    ? x
    : convolution(x, parts, { name: `${name}/shortcut`, filters, kernelSize: 1, stride });
  const sum = residual(shortcut, branch, { ...parts, name: `${name}/residual` });
  return relu(sum, `${name}/activation`);
}

interface ConvolutionOptions {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride?: number;
}

/** A convolution and the normalisation that takes the place of its bias. */
function convolution(
  x: tfl.SymbolicTensor,
  { init }: Parts,
  { name, filters, kernelSize, stride = 1 }: ConvolutionOptions,
): tfl.SymbolicTensor {
  const y = tfl.layers
    .conv2d({
      filters,
      kernelSize,
      strides: stride,
      padding: 'same',
      useBias: false,
      // A ReLU halves the power that passes.
      kernelInitializer: init.scaledKernel(`${name}/conv`, Math.SQRT2),
      name: `${name}/conv`,
    })
    .apply(x);
  return tfl.layers
    .batchNormalization({ momentum: 0.9, epsilon: 1e-5, name: `${name}/batch_norm` })
    .apply(y) as tfl.SymbolicTensor;
}

const relu = (x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor =>
  tfl.layers.activation({ activation: 'relu', name }).apply(x) as tfl.SymbolicTensor;
