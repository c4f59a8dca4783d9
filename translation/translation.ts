/** A translation put together: two generators and two discriminators, with their optimisers. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ImageShape } from '../src/data/dataset.js';
import { seededInitialisation } from '../src/mixer/initialisation.js';
import { RandomStream } from '../src/random.js';
import { Adam } from '../src/train/adam.js';
import { Player } from '../src/train/player.js';
import { mergeVariables, type NamedVariables } from '../src/train/variables.js';
import type { TranslationConfig } from './config.js';
import { discriminatorOf, generatorOf } from './players.js';
import { HistoryPool } from './pool.js';
import type { Players } from './steps.js';

/** What the names of the generators' variables begin with. */
export const generatorNames = ['aToB', 'bToA'] as const;

/** What the names of a generator's averaged variables begin with. */
export const averageNameOf = (generator: (typeof generatorNames)[number]): string =>
  `average/${generator}`;

export class Translation implements Players {
  readonly aToB: Player;
  readonly bToA: Player;
  readonly discriminatorA: Player;
  readonly discriminatorB: Player;
  /** Of translations to A, to B, and of the labels of what they were made from, in their order. */
  readonly pools: Readonly<
    Record<'a' | 'b', HistoryPool> & Partial<Record<'labelsA' | 'labelsB', HistoryPool>>
  >;

  /**
   * @param numClasses K, where discriminators are told classes
   * @throws UsageError when the sizes in `config` do not fit the images
   */
  constructor(config: TranslationConfig, imageShape: ImageShape, numClasses?: number) {
    const random = RandomStream.fromSeed(config.seed);
    const { beta1, beta2 } = config.optimiser;
    const player = (
      name: string,
      build: (init: ReturnType<typeof seededInitialisation>) => LayersModel,
      averageName?: string,
    ): Player =>
      new Player({
        name,
        build: () => build(seededInitialisation(random.split('weights').split(name))),
        optimiser: (trainables: NamedVariables) =>
          new Adam(`adam/${name}`, trainables, { beta1, beta2 }),
        ...(averageName !== undefined && { averaged: true, averageName }),
      });
    const generator = (name: (typeof generatorNames)[number]): Player =>
      player(
        name,
        (init) => generatorOf(config.generator, imageShape, { init }),
        averageNameOf(name),
      );
    const discriminator = (name: string): Player =>
      player(name, (init) =>
        discriminatorOf(config.discriminator, imageShape, { init, numClasses }),
      );
    const pool = (name: 'a' | 'b', shape: readonly number[]): HistoryPool =>
      new HistoryPool(config.poolSize, shape, random.split('pools').split(name));
    this.aToB = generator('aToB');
    this.bToA = generator('bToA');
    this.discriminatorA = discriminator('discriminatorA');
    this.discriminatorB = discriminator('discriminatorB');
    this.pools = {
      ...{ a: pool('a', imageShape), b: pool('b', imageShape) },
      ...(numClasses && { labelsA: pool('a', [numClasses]), labelsB: pool('b', [numClasses]) }),
    };
  }

  /** All that a checkpoint holds. */
  get state(): NamedVariables {
    const pools = Object.entries(this.pools).flatMap(([name, { variable }]) =>
      variable ? [[`pool/${name}`, variable] as const] : [],
    );
    return mergeVariables(...this.#players().map(({ state }) => state), new Map(pools));
  }

  dispose(): void {
    for (const player of this.#players()) player.dispose();
    for (const pool of Object.values(this.pools)) pool.dispose();
  }

  #players(): Player[] {
    return [this.aToB, this.bToA, this.discriminatorA, this.discriminatorB];
  }
}
