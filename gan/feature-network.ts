/**
 * A discriminator that looks at images with trained eyes, too: at the maps of a small classifier of the same
 * images, which was trained before and learns no more (Sauer et al. 2021, "Projected GANs Converge Faster",
 * https://arxiv.org/abs/2111.01007). What tells clothes apart need not be found out from fakes alone.
 *
 * Axes: B batch, H × W image, C channels, D features.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import {
  judgedTokens,
  type MixerDiscriminatorConfig,
} from '../src/adversarial/mixer-discriminator.js';
import type { HostTensor } from '../src/compile/step.js';
import { UsageError } from '../src/errors.js';
import { type ConvTrunkConfig, convTrunk } from '../src/mixer/conv-trunk.js';
import { dense } from '../src/mixer/dense.js';
import type { Initialisation } from '../src/mixer/initialisation.js';
import type { NamedModel } from '../src/train/player.js';
import { assignVariables } from '../src/train/variables.js';
import { logit } from './conditioning.js';

export interface FeatureNetworkConfig extends ConvTrunkConfig {
  /** How long it is trained; 0 for no such network. */
  readonly steps: number;
}

/** What a discriminator has of it: nothing by default. */
export interface WithFeatureNetwork {
  readonly featureNetwork?: FeatureNetworkConfig;
}

/** What the names of its layers begin with; behind it they are called as those of the classifier. */
export const featureNetworkPrefix = 'feature_network/';

/**
 * A verdict on each map of the network, by Mixer blocks of the discriminator's own sizes, and one on its
 * features. Maps finer than the discriminator's tokens come to their grid by overlapping patches.
 *
 * @param image [B, H, W, C_in]
 * @param label [B, K], one-hot, where the discriminator is told classes
 * @returns verdicts [B, 1]
 */
export function featureVerdicts(
  image: tfl.SymbolicTensor,
  label: tfl.SymbolicTensor | undefined,
  network: FeatureNetworkConfig,
  { patch, channels, tokenDim, channelDim }: MixerDiscriminatorConfig,
  shared: { readonly init: Initialisation },
): tfl.SymbolicTensor[] {
  const { init } = shared;
  const { maps, features } = convTrunk(image, network, { init, prefix: featureNetworkPrefix });
  const grid = (image.shape[1] as number) / patch;
  const ofMaps = maps.map((map, i) => {
    const prefix = `map_${i}/`;
    const shrink = shrinkageTo(grid, map.shape as number[]);
    const tokens = judgedTokens(
      map,
      {
        ...{ stem: shrink > 1 ? 'overlap' : 'patch', patch: shrink },
        ...{ channels, tokenDim, channelDim, numBlocks: 1 },
      },
      { ...shared, prefix },
    );
    const mean = tfl.layers
      .globalAveragePooling1d({ name: `${prefix}mean` })
      .apply(tokens) as tfl.SymbolicTensor;
    return logit(mean, label, { init, prefix });
  });
  const prefix = 'map_features/';
  const hidden = tfl.layers
    .leakyReLU({ alpha: 0.2, name: `${prefix}activation` })
    .apply(
      dense(features, { name: `${prefix}hidden`, units: network.features, init }),
    ) as tfl.SymbolicTensor;
  return [...ofMaps, logit(hidden, label, { init, prefix })];
}

/** By how much a map's sides are divided so that they come down to the grid's, or nearly so. */
function shrinkageTo(grid: number, [, height, width]: readonly number[]): number {
  let shrink = Math.max(1, Math.floor(height! / grid));
  while (height! % shrink !== 0 || width! % shrink !== 0) shrink--;
  return shrink;
}

/** Leaves the network of a discriminator, where it has one, as it is. */
export function freezeFeatureNetwork(discriminator: tfl.LayersModel): void {
  for (const layer of discriminator.layers) {
    if (layer.name.startsWith(featureNetworkPrefix)) layer.trainable = false;
  }
}

/** Of the classifier, but for its head's: `conv_0/kernel`, …, `features/bias`. */
export type FeatureWeights = ReadonlyMap<string, HostTensor>;

/** Of a discriminator's settings, whatever its architecture; `undefined` where it has none, or one of no steps. */
export function featureNetworkOf(
  discriminator: WithFeatureNetwork | { readonly arch: 'dcgan' },
): FeatureNetworkConfig | undefined {
  const network = 'featureNetwork' in discriminator ? discriminator.featureNetwork : undefined;
  return network?.steps === 0 ? undefined : network;
}

/**
 * @param given its weights, or what could train it
 * @throws UsageError where a new discriminator is to have such a network, and nothing was given
 */
export function requireFeatureNetwork(
  discriminator: Parameters<typeof featureNetworkOf>[0],
  given: unknown,
): void {
  if (featureNetworkOf(discriminator) === undefined || given !== undefined) return;
  throw new UsageError(
    'discriminator.featureNetwork: nothing was given that has learnt the images; give trainFeatureNetwork of mixgan/classifier, or what it returns, or set its steps to 0',
  );
}

/**
 * Gives the network of a discriminator, where it has one, what it has learnt.
 * @throws InputError where these are weights of another network
 */
export function assignFeatureWeights(
  { variables }: NamedModel,
  weights: FeatureWeights | undefined,
): void {
  const within = `/${featureNetworkPrefix}`;
  const own = [...variables].filter(([name]) => name.includes(within));
  if (weights === undefined || own.length === 0) return;
  assignVariables(
    { path: 'the feature network that was given', variables: weights },
    new Map(
      own.map(([name, variable]) => [name.slice(name.indexOf(within) + within.length), variable]),
    ),
  );
}
