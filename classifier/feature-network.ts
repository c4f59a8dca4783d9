/**
 * The eyes of a discriminator: a small convolutional classifier, trained on the images that a GAN learns
 * from. Another than those that judge the GAN: whoever is trained by a judge pleases that judge.
 */
import type { HostTensor } from '../src/compile/step.js';
import type { DatasetSplits } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import { UsageError } from '../src/errors.js';
import { loadCheckpoint } from '../src/train/checkpoint.js';
import { RunFolder } from '../src/train/run-folder.js';
import type { CnnConfig } from './architectures/configs/cnn.js';
import { cachedTraining, digestOf, ensureTrained } from './cached-training.js';
import { evaluatedWeights } from './checkpoint.js';
import { classifierPresets } from './presets.js';

export interface FeatureNetworkSizes extends Pick<CnnConfig, 'channels' | 'features'> {
  readonly steps: number;
}

export interface FeatureNetworkOptions {
  /** How the data is called: `fashion`, or a folder. */
  readonly source: string;
  /** Where it is kept; the user's cache by default. */
  readonly folder?: string;
}

/**
 * Trains it, unless the cache has it.
 *
 * @returns its weights but for the head's: `conv_0/kernel`, …, `features/bias`
 * @throws UsageError where the images have no classes to tell apart; StoppedError as `ensureTrained`
 */
export async function trainFeatureNetwork(
  engine: Engine,
  data: DatasetSplits,
  { steps, ...sizes }: FeatureNetworkSizes,
  { source, folder, ...watching }: FeatureNetworkOptions & Parameters<typeof ensureTrained>[3],
): Promise<ReadonlyMap<string, HostTensor>> {
  const { name, labels, classNames } = data.train;
  if (labels === undefined || classNames.length < 2) {
    throw new UsageError(
      `discriminator.featureNetwork: ${name} has no classes that a classifier could learn to tell apart; --set discriminator.featureNetwork.steps=0 does without it`,
    );
  }
  const recipe = {
    ...classifierPresets['extractor-cnn']!,
    ...{ data: source, steps, model: { arch: 'cnn', ...sizes } as const },
  };
  const images = { name, digest: digestOf(data) };
  const training = cachedTraining(images, 'feature-network', recipe, folder);
  await ensureTrained(engine, data, training, watching);
  const trained = await loadCheckpoint(new RunFolder(training.path).checkpointPath);
  return new Map([...evaluatedWeights(trained)].filter(([weight]) => !weight.startsWith('head/')));
}
