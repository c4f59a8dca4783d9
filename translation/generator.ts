/**
 * Generators that translate images: the MixerGAN's (Cazenavette and Ladron de Guevara 2021,
 * https://arxiv.org/abs/2105.14110), and the one that it was made of, CycleGAN's (Zhu et al. 2017,
 * https://arxiv.org/abs/1703.10593). Convolutions down to a coarse grid, blocks, transposed
 * convolutions up; the blocks are Mixer blocks in the one, residual convolutions in the other.
 *
 * Borders are padded with zeros, by stock layers, where the papers mirror them.
 *
 * Axes: B batch, S tokens, C channels, H × W image.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import type { ImageShape } from '../src/data/dataset.js';
import { UsageError } from '../src/errors.js';
import { mixerBlock } from '../src/mixer/block.js';
import { convolution, transposedConvolution } from '../src/mixer/convolution.js';
import { defaultInitialisation, type Initialisation } from '../src/mixer/initialisation.js';
import { instanceNorm } from '../src/mixer/instance-norm.js';
import { layerNorm } from '../src/mixer/layer-norm.js';
import type { BuildOptions } from '../src/mixer/options.js';
import { Rescaling } from '../src/mixer/rescaling.js';
import type { normalisations } from './names.js';

/** What both generators have. */
export interface TranslatorConfig {
  /** Channels of the finest grid; each halving of the grid doubles them. */
  readonly channels: number;
  /** How often height and width are halved before the blocks. */
  readonly halvings: number;
  /** Blocks on the coarse grid. */
  readonly numBlocks: number;
  /** Of the convolutions. */
  readonly norm: (typeof normalisations)[number];
  /** Side of the kernels of the first and the last convolution, at full size; the papers have 7. */
  readonly outerKernel: number;
  /** Side of the transposed convolutions' kernels; 4 overlaps evenly, the papers have 3. */
  readonly upsamplingKernel: number;
  /** Whether the last convolution sees the first one's features, too, as in a U-Net. */
  readonly skip: boolean;
  /**
   * Whether what is drawn is a change of the image: image + 2 · tanh(…), nearly the image itself at
   * first, instead of tanh(…). Beyond −1 … 1 pixels are clipped where they become bytes.
   */
  readonly residual: boolean;
}

/** Widths of the Mixer blocks. */
export interface MixerTranslatorConfig extends TranslatorConfig {
  readonly tokenDim: number;
  readonly channelDim: number;
  /** Factor on the initial scale of the blocks' branches; from 0 they start as nothing. */
  readonly branchGain: number;
}

export interface TranslatorOptions extends BuildOptions {
  /** Whether to build of stock layers alone, for other programs; the weights are the same. */
  readonly isStock: boolean;
}

type Options = Partial<TranslatorOptions>;

/**
 * Mixer blocks on the grid's cells as tokens.
 *
 * @param imageShape [H, W, C_in]; H and W are multiples of 2 to the number of halvings
 * @returns a model from images [B, H, W, C_in] in −1 … 1 to images of the same shape, in that range but
 *   for what `residual` says
 * @throws UsageError when the image does not halve so often
 */
export function buildMixerTranslator(
  config: MixerTranslatorConfig,
  imageShape: ImageShape,
  options: Options = {},
): tfl.LayersModel {
  const shared = { ...options, init: options.init ?? defaultInitialisation() };
  return translator(config, imageShape, shared, (grid) => {
    const [, height, width, channels] = grid.shape as [null, number, number, number];
    if (config.numBlocks === 0) return grid;
    let x = reshape(grid, [height * width, channels], 'tokens'); //          [B, S, C]
    for (let i = 0; i < config.numBlocks; i++) {
      x = mixerBlock(x, { ...shared, ...config, name: `block_${i}` });
    }
    x = layerNorm(x, 'layer_norm', shared);
    return reshape(x, [height, width, channels], 'grid'); //                 [B, h, w, C]
  });
}

/**
 * Residual blocks of two 3 × 3 convolutions each, x + f(x) (He et al. 2015,
 * https://arxiv.org/abs/1512.03385) with CycleGAN's first weights, N(0, 0.02).
 *
 * @returns a model as `buildMixerTranslator` makes
 * @throws UsageError as there
 */
export function buildCycleganTranslator(
  config: TranslatorConfig,
  imageShape: ImageShape,
  options: Options = {},
): tfl.LayersModel {
  const init = smallKernels(options.init ?? defaultInitialisation());
  return translator(config, imageShape, { ...options, init }, (grid) => {
    let x = grid;
    for (let i = 0; i < config.numBlocks; i++) {
      const name = `block_${i}`;
      const sizes = { filters: x.shape.at(-1) as number, kernelSize: 3 };
      const layer = (y: tfl.SymbolicTensor, part: string): tfl.SymbolicTensor => {
        const kernelInitializer = init.scaledKernel(`${name}/${part}`, Math.SQRT2);
        const z = convolution(y, { name: `${name}/${part}`, ...sizes, kernelInitializer });
        return normalise(z, `${name}/${part}`, config, options);
      };
      const inner = layer(activate(layer(x, 'conv_0'), `${name}/conv_0`), 'conv_1');
      x = tfl.layers.add({ name: `${name}/residual` }).apply([x, inner]) as tfl.SymbolicTensor;
    }
    return x;
  });
}

/** What stands around the blocks. */
function translator(
  config: TranslatorConfig,
  imageShape: ImageShape,
  options: Options & { readonly init: Initialisation },
  blocks: (grid: tfl.SymbolicTensor) => tfl.SymbolicTensor,
): tfl.LayersModel {
  requireWholeGrid(config, imageShape);
  const { halvings, outerKernel, upsamplingKernel, skip, residual } = config;
  const { init } = options;
  const finish = (x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor =>
    activate(normalise(x, name, config, options), name);
  const widths = Array.from({ length: halvings + 1 }, (_, i) => config.channels * 2 ** i);

  const image = tfl.input({ shape: [...imageShape], name: 'image' });
  let x = convolution(image, {
    ...{ name: 'stem', filters: widths[0]!, kernelSize: outerKernel },
    kernelInitializer: init.scaledKernel('stem', Math.SQRT2),
  }); //                                                                     [B, H, W, C]
  x = finish(x, 'stem');
  const fine = x;
  for (let i = 0; i < halvings; i++) {
    const name = `down_${i}`;
    const kernelInitializer = init.scaledKernel(name, Math.SQRT2);
    const sizes = { filters: widths[i + 1]!, kernelSize: 3, stride: 2 };
    x = finish(convolution(x, { name, ...sizes, kernelInitializer }), name); // [B, H/2, W/2, 2C]
  }
  x = blocks(x);
  for (let i = halvings - 1; i >= 0; i--) {
    const name = `up_${i}`;
    const [from, filters] = [widths[i + 1]!, widths[i]!];
    // An output pixel is the sum of (k / 2)² · C_in products; tfjs counts k² · C_out.
    const gain = Math.SQRT2 * 2 * Math.sqrt(filters / from);
    const sizes = { filters, kernelSize: upsamplingKernel, stride: 2 };
    const kernelInitializer = init.scaledKernel(name, gain);
    x = finish(transposedConvolution(x, { name, ...sizes, kernelInitializer }), name); // [B, 2h, 2w, C/2]
  }
  if (skip) {
    x = tfl.layers.concatenate({ axis: -1, name: 'skip' }).apply([fine, x]) as tfl.SymbolicTensor;
  }
  const drawn = convolution(x, {
    ...{ name: 'head', filters: imageShape[2], kernelSize: outerKernel },
    kernelInitializer: init.scaledKernel('head', residual ? firstChange : 1),
  }); //                                                                     [B, H, W, C_in]
  const translated = tfl.layers
    .activation({ activation: 'tanh', name: 'translated' })
    .apply(drawn) as tfl.SymbolicTensor;
  const outputs = residual ? added(image, translated) : translated;
  return tfl.model({ inputs: image, outputs, name: options.name ?? 'translator' });
}

/** Factor on the last kernel's first scale, where it draws changes. */
const firstChange = 0.1;

/** image + 2 · change: from black to white and back. */
function added(image: tfl.SymbolicTensor, change: tfl.SymbolicTensor): tfl.SymbolicTensor {
  const wide = new Rescaling({ scale: 2, offset: 0, name: 'change' }).apply(change);
  return tfl.layers
    .add({ name: 'changed' })
    .apply([image, wide as tfl.SymbolicTensor]) as tfl.SymbolicTensor;
}

/** The same names, but the kernels that CycleGAN starts from, whatever their shape; smaller where asked. */
const smallKernels = (init: Initialisation): Initialisation => ({
  ...init,
  kernel: (name) => init.normal(name, 0.02),
  scaledKernel: (name, gain) => init.normal(name, 0.02 * Math.min(1, gain)),
});

const normalise = (
  x: tfl.SymbolicTensor,
  name: string,
  { norm }: TranslatorConfig,
  { isStock }: Options,
): tfl.SymbolicTensor => (norm === 'none' ? x : instanceNorm(x, `${name}/instance_norm`, isStock));

const activate = (x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor =>
  tfl.layers.reLU({ name: `${name}/activation` }).apply(x) as tfl.SymbolicTensor;

const reshape = (x: tfl.SymbolicTensor, targetShape: number[], name: string): tfl.SymbolicTensor =>
  tfl.layers.reshape({ targetShape, name }).apply(x) as tfl.SymbolicTensor;

function requireWholeGrid({ halvings }: TranslatorConfig, [height, width]: ImageShape): void {
  const scale = 2 ** halvings;
  if (height % scale === 0 && width % scale === 0) return;
  throw new UsageError(
    `a generator of ${halvings} halvings takes images whose sides are multiples of ${scale}, not ${height}×${width}; change generator.halvings, or give --image-size`,
  );
}
