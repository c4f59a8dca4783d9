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
import {
  mergeVariables,
  modelVariables,
  type NamedVariables,
  trainableVariables,
} from '../src/train/variables.js';
import type { GanConfig } from './config.js';
import { discriminatorOf, generatorOf } from './players.js';
import type { Players } from './steps.js';

/** [H, W, C] */
export type ImageShape = readonly [number, number, number];

/**
 * How many classes a run's players are told of: none unless the configuration asks.
 * @throws InputError when it asks, and the dataset has no labels
 */
export function numClassesOf(
  { conditional }: GanConfig,
  { name, labels, classNames }: ImageDataset,
): number | undefined {
  if (!conditional) return undefined;
  if (labels === undefined) {
    throw new InputError(`${name} has images but no labels; a conditional GAN needs them`);
  }
  return classNames.length;
}

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
  readonly generatorTrainables: NamedVariables;
  readonly discriminatorTrainables: NamedVariables;
  readonly generatorAdam: Adam;
  readonly discriminatorAdam: Adam;

  /**
   * @param numClasses of a conditional GAN
   * @throws UsageError when the sizes in `config` do not fit the images
   */
  constructor(config: GanConfig, imageShape: ImageShape, numClasses?: number) {
    const random = RandomStream.fromSeed(config.seed).split('weights');
    const options = (player: string) => ({
      init: seededInitialisation(random.split(player)),
      numClasses,
    });
    this.generator = generatorOf(config.generator, imageShape, options('generator'));
    this.averaged = generatorOf(config.generator, imageShape, options('generator'));
    this.discriminator = discriminatorOf(
      config.discriminator,
      imageShape,
      options('discriminator'),
    );
    this.generatorVariables = modelVariables(this.generator, 'generator');
    this.averageVariables = modelVariables(this.averaged, 'average');
    this.discriminatorVariables = modelVariables(this.discriminator, 'discriminator');
    copyVariables(this.generatorVariables, this.averageVariables);
    const { beta1, beta2 } = config.optimiser;
    this.generatorTrainables = trainableVariables(this.generator, 'generator');
    this.discriminatorTrainables = trainableVariables(this.discriminator, 'discriminator');
    this.generatorAdam = new Adam('adam/generator', this.generatorTrainables, { beta1, beta2 });
    this.discriminatorAdam = new Adam('adam/discriminator', this.discriminatorTrainables, {
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
