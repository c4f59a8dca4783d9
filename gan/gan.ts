/**
 * A GAN put together: both players, the generator's moving average, and their optimisers.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ImageDataset } from '../src/data/dataset.js';
import { InputError } from '../src/errors.js';
import { seededInitialisation } from '../src/mixer/initialisation.js';
import { RandomStream } from '../src/random.js';
import { Adam } from '../src/train/adam.js';
import { copyVariables } from '../src/train/ema.js';
import { mergeVariables, modelVariables, type NamedVariables } from '../src/train/variables.js';
import type { GanConfig } from './config.js';
import { buildDiscriminator } from './discriminator.js';
import { buildGenerator } from './generator.js';
import type { Players } from './steps.js';

/** [H, W, C] */
export type ImageShape = readonly [number, number, number];

/** @throws InputError when the images are neither grey nor RGB, and so no pictures can be drawn */
export function imageShapeOf({ name, height, width, channels }: ImageDataset): ImageShape {
  if (channels !== 1 && channels !== 3) {
    throw new InputError(`${name}: images have 1 or 3 channels to be drawn, not ${channels}`);
  }
  return [height, width, channels];
}

export class Gan implements Players {
  readonly generator: LayersModel;
  readonly discriminator: LayersModel;
  /** The generator with averaged weights, which draws every picture. */
  readonly averaged: LayersModel;
  readonly generatorVariables: NamedVariables;
  readonly discriminatorVariables: NamedVariables;
  readonly averageVariables: NamedVariables;
  readonly generatorAdam: Adam;
  readonly discriminatorAdam: Adam;

  /** @throws UsageError when the sizes in `config` do not fit the images */
  constructor(config: GanConfig, imageShape: ImageShape) {
    const random = RandomStream.fromSeed(config.seed).split('weights');
    const init = (player: string) => seededInitialisation(random.split(player));
    this.generator = buildGenerator(config.generator, imageShape, { init: init('generator') });
    this.averaged = buildGenerator(config.generator, imageShape, { init: init('generator') });
    this.discriminator = buildDiscriminator(config.discriminator, imageShape, {
      init: init('discriminator'),
    });
    this.generatorVariables = modelVariables(this.generator, 'generator');
    this.averageVariables = modelVariables(this.averaged, 'average');
    this.discriminatorVariables = modelVariables(this.discriminator, 'discriminator');
    copyVariables(this.generatorVariables, this.averageVariables);
    const { beta1, beta2 } = config.optimiser;
    this.generatorAdam = new Adam('adam/generator', this.generatorVariables, { beta1, beta2 });
    this.discriminatorAdam = new Adam('adam/discriminator', this.discriminatorVariables, {
      beta1,
      beta2,
    });
  }

  /** All that a checkpoint holds. */
  variables(): NamedVariables {
    return mergeVariables(
      this.generatorVariables,
      this.averageVariables,
      this.discriminatorVariables,
      this.generatorAdam.state,
      this.discriminatorAdam.state,
    );
  }

  dispose(): void {
    this.generator.dispose();
    this.averaged.dispose();
    this.discriminator.dispose();
    this.generatorAdam.dispose();
    this.discriminatorAdam.dispose();
  }
}
