import type { HostTensor } from '../compile/step.js';
import type { DatasetSplits } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { Watching } from '../family/train.js';
import type { ProgressStream } from '../train/progress.js';
import type { FeatureExtractor } from './features.js';

/** Feature extractors as families are given them: a family has no eyes of its own. */
export interface Judges {
  /** Those that know digits of 28 × 28, the one for quick scores first. */
  readonly forDigits: readonly string[];
  /**
   * @param name of one for digits, or the path of a classifier
   * @throws InputError when it is missing, damaged, or no classifier
   */
  readonly open: (engine: Engine, name: string) => Promise<FeatureExtractor>;
  /**
   * Those trained on a set of images itself: a CNN and a Mixer, or the kinds asked for.
   * @returns undefined where they were not, and are not to be
   */
  readonly ofData: (
    engine: () => Promise<Engine>,
    data: DatasetSplits,
    options: {
      readonly train: boolean;
      readonly source: string;
      readonly say: (line: string) => void;
      readonly stream?: ProgressStream;
      readonly kinds?: readonly ('cnn' | 'mixer' | 'attribute')[];
    },
  ) => Promise<readonly FeatureExtractor[] | undefined>;
  readonly featureNetwork: TrainFeatureNetwork;
}

/**
 * A small convolutional classifier of a set of images, trained unless it has been.
 *
 * @param source how the data is called: `fashion`, or a folder
 * @returns its weights but for the head's: `conv_0/kernel`, …, `features/bias`
 * @throws UsageError where the images have no classes; StoppedError where it was asked to stop
 */
export type TrainFeatureNetwork = (
  engine: Engine,
  data: DatasetSplits,
  sizes: {
    readonly channels: readonly number[];
    readonly features: number;
    readonly steps: number;
  },
  options: {
    readonly source: string;
    readonly say: (line: string) => unknown;
  } & Pick<Watching, 'stream' | 'signal'>,
) => Promise<ReadonlyMap<string, HostTensor>>;
