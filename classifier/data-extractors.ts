/**
 * Feature extractors of any set of labelled images: a convolutional network and a Mixer, trained on the set
 * itself and kept in the cache, where the next evaluation finds them.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cacheFolder } from '../src/data/cache.js';
import type { DatasetSplits, ImageDataset } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import { UsageError } from '../src/errors.js';
import { type ResumedTraining, resume, train } from '../src/family/train.js';
import { isThere } from '../src/files.js';
import { percent } from '../src/text.js';
import { RunFolder } from '../src/train/run-folder.js';
import type { ClassifierConfig } from './config.js';
import { type Extractor, openExtractorFile } from './extractors.js';
import { classifierPresets } from './presets.js';
import { classifierSettings } from './settings.js';
import { classifierTraining } from './training.js';

/** The presets by whose recipes they are trained, by the kind of model. */
const recipes = {
  cnn: 'extractor-cnn',
  mixer: 'extractor-mixer',
  attribute: 'extractor-attribute',
} as const;

type Kind = keyof typeof recipes;

const family = { settings: classifierSettings, training: classifierTraining };

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
 * The extractors of a set: their name depends on every image and label of it, and on the recipe.
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
  const digest = digestOf(data);
  const { kinds = ['cnn', 'mixer'] } = options;
  const places = kinds.map((kind) => placeOf(kind, digest, data, options));
  for (const { path, recipe } of places) {
    // Nothing is computed where there is something missing.
    if (!options.train && !(await isFinished(path, recipe.steps))) return undefined;
  }
  const opened = await engine();
  const extractors: Extractor[] = [];
  for (const place of places) extractors.push(await openAt(opened, data, place, options));
  return extractors;
}

/** Where an extractor is kept, what it is called, and how it is trained. */
interface Place {
  readonly path: string;
  readonly title: string;
  readonly recipe: ClassifierConfig;
}

function placeOf(
  kind: Kind,
  digest: string,
  { train: { name } }: DatasetSplits,
  { source, config, folder = join(cacheFolder(), 'extractors') }: DataExtractorsOptions,
): Place {
  const recipe = { ...classifierPresets[recipes[kind]]!, data: source, ...config };
  const key = createHash('sha256')
    .update(JSON.stringify([digest, recipe]))
    .digest('hex');
  const title = `${name.replace(/ train$/, '')}-${kind}`;
  const path = join(folder, `${title.replace(/[^\w.-]+/g, '-')}-${key.slice(0, 16)}`);
  return { path, title, recipe };
}

async function openAt(
  engine: Engine,
  data: DatasetSplits,
  { path, title, recipe }: Place,
  { say, stream }: DataExtractorsOptions,
): Promise<Extractor> {
  if (!(await isFinished(path, recipe.steps))) {
    say(`training ${title}, ${recipe.steps} steps, once; kept in ${path}`);
    const surroundings = { data, engine, ...(stream && { stream }) };
    if (await isThere(new RunFolder(path).configPath)) await resume(family, path, surroundings);
    else {
      const { preset, kind: _, ...config } = recipe;
      await train(family, { ...surroundings, preset, config, out: path });
    }
  }
  const opened = await openExtractorFile(engine, path);
  if (opened.testAccuracy !== undefined) {
    say(`${title} recognises ${percent(opened.testAccuracy)} of the held-out images`);
  }
  return { ...opened, name: title };
}

/** Whether a training has taken all its steps. */
async function isFinished(path: string, steps: number): Promise<boolean> {
  const { checkpointPath } = new RunFolder(path);
  if (!(await isThere(checkpointPath))) return false;
  const { loadCheckpoint } = await import('../src/train/checkpoint.js');
  return (await loadCheckpoint(checkpointPath, { kind: 'classifier' })).step >= steps;
}

/** Of all images and labels, and what these are called. */
function digestOf({ train, test }: DatasetSplits): string {
  const hash = createHash('sha256');
  for (const set of [train, test]) {
    hash.update(JSON.stringify(shapeOf(set))).update(set.images);
    if (set.labels !== undefined) hash.update(Uint8Array.from(set.labels));
  }
  return hash.digest('hex');
}

const shapeOf = ({ count, height, width, channels, classNames }: ImageDataset) => [
  ...[count, height, width, channels],
  classNames,
];
