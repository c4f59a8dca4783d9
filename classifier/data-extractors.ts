/**
 * Feature extractors of any set of labelled images: a convolutional network and a Mixer, trained on the set
 * itself and kept in the cache, where the next evaluation finds them.
 */
import type { DatasetSplits } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import { UsageError } from '../src/errors.js';
import type { ResumedTraining } from '../src/family/train.js';
import { percent } from '../src/text.js';
import {
  type CachedTraining,
  cachedTraining,
  digestOf,
  ensureTrained,
  isFinished,
} from './cached-training.js';
import type { ClassifierConfig } from './config.js';
import { type Extractor, openExtractorFile } from './extractors.js';
import { classifierPresets } from './presets.js';

/** The presets by whose recipes they are trained, by the kind of model. */
const recipes = {
  cnn: 'extractor-cnn',
  mixer: 'extractor-mixer',
  attribute: 'extractor-attribute',
} as const;

type Kind = keyof typeof recipes;

export interface DataExtractorsOptions {
  /** Trains those that are not there, or were not finished; otherwise there are none then. */
  readonly train: boolean;
  /** How the data is called: `fashion`, or a folder. */
  readonly source: string;
  /** Is told what takes long, and how well they do. */
  readonly say: (line: string) => void;
  /** Which; a CNN and a Mixer. */
  readonly kinds?: readonly Kind[];
  /** Where progress goes. */
  readonly stream?: ResumedTraining['stream'];
  /** Where they are kept; the user's cache. */
  readonly folder?: string;
  /** Changes of the recipes, for tests. */
  readonly config?: Pick<Partial<ClassifierConfig>, 'steps'>;
}

/**
 * The extractors of a set.
 *
 * @returns undefined where they are not there and are not to be trained
 * @throws UsageError where the images have no classes to tell apart
 */
export async function openDataExtractors(
  engine: () => Promise<Engine>,
  data: DatasetSplits,
  options: DataExtractorsOptions,
): Promise<readonly Extractor[] | undefined> {
  const { labels, classNames, name } = data.train;
  if (labels === undefined || classNames.length < 2) {
    if (!options.train) return undefined;
    throw new UsageError(
      `--train-extractor: ${name} has no classes that an extractor could learn to tell apart; give one with --extractor`,
    );
  }
  const images = { name, digest: digestOf(data) };
  const { kinds = ['cnn', 'mixer'], source, config, folder } = options;
  const trainings = kinds.map((kind) => {
    const recipe = { ...classifierPresets[recipes[kind]]!, data: source, ...config };
    return cachedTraining(images, kind, recipe, folder);
  });
  for (const training of trainings) {
    // Nothing is computed where there is something missing.
    if (!options.train && !(await isFinished(training))) return undefined;
  }
  const opened = await engine();
  const extractors: Extractor[] = [];
  for (const training of trainings) {
    extractors.push(await openAt(opened, data, training, options));
  }
  return extractors;
}

async function openAt(
  engine: Engine,
  data: DatasetSplits,
  training: CachedTraining,
  { say, stream }: DataExtractorsOptions,
): Promise<Extractor> {
  const { path, title } = training;
  await ensureTrained(engine, data, training, { say, ...(stream && { stream }) });
  const opened = await openExtractorFile(engine, path);
  if (opened.testAccuracy !== undefined) {
    say(`${title} recognises ${percent(opened.testAccuracy)} of the held-out images`);
  }
  return { ...opened, name: title };
}
