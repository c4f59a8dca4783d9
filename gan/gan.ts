/** A GAN put together: both players, with their optimisers. */

import { conditionSize } from '../src/data/conditions.js';
import type { ImageDataset, ImageShape } from '../src/data/dataset.js';
import { InputError } from '../src/errors.js';
import { seededInitialisation } from '../src/mixer/initialisation.js';
import { RandomStream } from '../src/random.js';
import { Adam } from '../src/train/adam.js';
import { Player } from '../src/train/player.js';
import { mergeVariables, type NamedVariables } from '../src/train/variables.js';
import { conditionsOf } from './condition.js';
import type { GanConfig } from './config.js';
import { discriminatorOf, generatorOf } from './players.js';
import type { Players } from './steps.js';

/** [H, W, C] */
export type { ImageShape };

/**
 * How many classes, or values of attributes, a run's players are told of: none unless the configuration
 * asks.
 * @throws InputError when it asks, and the dataset has no labels, or no such attribute
 */
export function numClassesOf(config: GanConfig, images: ImageDataset): number | undefined {
  const conditions = conditionsOf(config, images);
  return conditions && conditionSize(conditions);
}

/** @throws InputError when the images are neither grey nor RGB, and so no pictures can be drawn */
export function imageShapeOf({ name, height, width, channels }: ImageDataset): ImageShape {
  if (channels !== 1 && channels !== 3) {
    throw new InputError(`${name}: images have 1 or 3 channels to be drawn, not ${channels}`);
  }
  return [height, width, channels];
}

/** What a checkpoint says of the images, besides the configuration. */
export function taskOf(config: GanConfig, images: ImageDataset) {
  const conditions = config.attributes.length > 0 ? conditionsOf(config, images) : undefined;
  return {
    imageShape: imageShapeOf(images),
    classNames: images.classNames,
    ...(conditions && { conditions }),
  };
}

export class Gan implements Players {
  /** Its moving average draws every picture. */
  readonly generator: Player;
  readonly discriminator: Player;

  /**
   * @param numClasses of a conditional GAN
   * @throws UsageError when the sizes in `config` do not fit the images
   */
  constructor(config: GanConfig, imageShape: ImageShape, numClasses?: number) {
    const random = RandomStream.fromSeed(config.seed).split('weights');
    const { beta1, beta2 } = config.optimiser;
    const about = (name: string) => ({
      name,
      optimiser: (trainables: NamedVariables) =>
        new Adam(`adam/${name}`, trainables, { beta1, beta2 }),
    });
    const options = (player: string) => ({
      init: seededInitialisation(random.split(player)),
      numClasses,
    });
    const generator = (temperature: number) =>
      generatorOf(config.generator, imageShape, { ...options('generator'), temperature });
    this.generator = new Player({
      ...about('generator'),
      build: () => generator(1),
      buildAverage: () => generator(config.temperature),
      averaged: true,
    });
    this.discriminator = new Player({
      ...about('discriminator'),
      build: () => discriminatorOf(config.discriminator, imageShape, options('discriminator')),
    });
  }

  /** All that a checkpoint holds. */
  get state(): NamedVariables {
    return mergeVariables(this.generator.state, this.discriminator.state);
  }

  dispose(): void {
    this.generator.dispose();
    this.discriminator.dispose();
  }
}
