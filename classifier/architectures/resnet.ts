/**
 * A small residual network, as the one for CIFAR-10 in "Deep Residual Learning for Image Recognition"
 * (He et al. 2015, https://arxiv.org/abs/1512.03385, section 4.2): stages of basic blocks, each stage
 * but the first at half the resolution. Three stages of n blocks are a ResNet-(6n + 2).
 *
 * Axes: B batch, H × W image, C channels.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import type { ModelOptions } from '../../src/mixer/architecture.js';
import { type ConvolutionOptions, convolution } from '../../src/mixer/convolution.js';
import { dense } from '../../src/mixer/dense.js';
import { defaultInitialisation } from '../../src/mixer/initialisation.js';
import { imageInput } from '../../src/mixer/rescaling.js';
import { residual } from '../../src/mixer/residual.js';
import type { ResNetConfig } from './configs/resnet.js';

/** What every block and convolution takes. */
type Shared = Pick<ModelOptions, 'drops'> & Required<Pick<ModelOptions, 'init'>>;

/** @returns a model from images [B, H, W, C_in] to logits [B, numClasses] */
export function resNet(
  { channels, blocksPerStage, imageShape, numClasses }: ResNetConfig,
  { name, init = defaultInitialisation(), drops, scaling }: ModelOptions = {},
): tfl.LayersModel {
  const shared = { init, drops };
  const { image, x: pixels } = imageInput(imageShape, scaling);
  let x = relu(
    normalisedConvolution(pixels, shared, { name: 'stem', filters: channels[0]!, kernelSize: 3 }),
    'stem/activation',
  );
  channels.forEach((filters, stage) => {
    for (let i = 0; i < blocksPerStage; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      x = basicBlock(x, shared, { name: `stage_${stage}/block_${i}`, filters, stride });
    }
  });
  x = tfl.layers.globalAveragePooling2d({ name: 'mean' }).apply(x) as tfl.SymbolicTensor; // [B, C]
  const logits = dense(x, {
    name: 'head',
    units: numClasses,
    kernelInitializer: init.scaledKernel('head', 0),
  });
  return tfl.model({ inputs: image, outputs: logits, name: name ?? 'resnet' });
}

interface BlockOptions {
  readonly name: string;
  readonly filters: number;
  readonly stride: number;
}

/** relu(x + conv(relu(conv(x)))); x through a 1 × 1 convolution where its shape changes. */
function basicBlock(
  x: tfl.SymbolicTensor,
  shared: Shared,
  { name, filters, stride }: BlockOptions,
): tfl.SymbolicTensor {
  const sizes = { filters, kernelSize: 3 };
  const first = normalisedConvolution(x, shared, { ...sizes, name: `${name}/0`, stride });
  const y = relu(first, `${name}/0/activation`);
  const branch = normalisedConvolution(y, shared, { ...sizes, name: `${name}/1` });
  const isSame = stride === 1 && x.shape.at(-1) === filters;
  const shortcut = isSame
    ? x
    : normalisedConvolution(x, shared, {
        name: `${name}/shortcut`,
        filters,
        kernelSize: 1,
        stride,
      });
  const sum = residual(shortcut, branch, { ...shared, name: `${name}/residual` });
  return relu(sum, `${name}/activation`);
}

type ConvolutionSizes = Pick<ConvolutionOptions, 'name' | 'filters' | 'kernelSize' | 'stride'>;

/** A convolution and the normalisation that takes the place of its bias. */
function normalisedConvolution(
  x: tfl.SymbolicTensor,
  { init }: Shared,
  { name, ...sizes }: ConvolutionSizes,
): tfl.SymbolicTensor {
  const y = convolution(x, {
    name: `${name}/conv`,
    ...sizes,
    useBias: false,
    // A ReLU halves the power that passes.
    kernelInitializer: init.scaledKernel(`${name}/conv`, Math.SQRT2),
  });
  return tfl.layers
    .batchNormalization({ momentum: 0.9, epsilon: 1e-5, name: `${name}/batch_norm` })
    .apply(y) as tfl.SymbolicTensor;
}

const relu = (x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor =>
  tfl.layers.activation({ activation: 'relu', name }).apply(x) as tfl.SymbolicTensor;
