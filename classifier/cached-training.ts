/**
 * Classifiers that are trained on a set of images once, because something else needs them, and kept in the
 * cache, where who needs them next finds them.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cacheFolder } from '../src/data/cache.js';
import type { DatasetSplits, ImageDataset } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import { StoppedError } from '../src/errors.js';
import { type ResumedTraining, resume, train } from '../src/family/train.js';
import { isThere } from '../src/files.js';
import { grouped } from '../src/text.js';
import { RunFolder } from '../src/train/run-folder.js';
import type { ClassifierConfig } from './config.js';
import { classifierSettings } from './settings.js';
import { classifierTraining } from './training.js';

const family = { settings: classifierSettings, training: classifierTraining };

/** Where such a classifier is kept, what it is called, and how it is trained. */
export interface CachedTraining {
  /** Its run's folder: its name depends on every image and label of the set, and on the recipe. */
  readonly path: string;
  /** `fashion-cnn` */
  readonly title: string;
  readonly recipe: ClassifierConfig;
}

/**
 * @param images.digest `digestOf` the set
 * @param what it is, as its title says
 * @param folder the user's cache by default
 */
export function cachedTraining(
  { name, digest }: { readonly name: string; readonly digest: string },
  what: string,
  recipe: ClassifierConfig,
  folder = join(cacheFolder(), 'extractors'),
): CachedTraining {
  const key = createHash('sha256')
    .update(JSON.stringify([digest, recipe]))
    .digest('hex');
  const title = `${name.replace(/ train$/, '')}-${what}`;
  const path = join(folder, `${title.replace(/[^\w.-]+/g, '-')}-${key.slice(0, 16)}`);
  return { path, title, recipe };
}

/**
 * Trains it, unless it has been; one that was stopped goes on.
 * @throws StoppedError where `signal` asks to stop before it is done
 */
export async function ensureTrained(
  engine: Engine,
  data: DatasetSplits,
  { path, title, recipe }: CachedTraining,
  {
    say,
    ...watching
  }: { readonly say: (line: string) => unknown } & Pick<ResumedTraining, 'stream' | 'signal'>,
): Promise<void> {
  const { steps } = recipe;
  if (await isFinished({ path, recipe })) return;
  say(`training ${title}, ${steps} steps, once; kept in ${path}`);
  const surroundings = { data, engine, ...watching };
  const { preset, kind: _, ...config } = recipe;
  const result = (await isThere(new RunFolder(path).configPath))
    ? await resume(family, path, surroundings)
    : await train(family, { ...surroundings, preset, config, out: path });
  if (result.outcome !== 'interrupted') return;
  throw new StoppedError(
    `stopped after step ${grouped(result.steps)} of ${grouped(steps)} of ${title}; give the same command again to go on there`,
  );
}

/** Whether a training has taken all its steps. */
export async function isFinished({
  path,
  recipe,
}: Pick<CachedTraining, 'path' | 'recipe'>): Promise<boolean> {
  const { checkpointPath } = new RunFolder(path);
  if (!(await isThere(checkpointPath))) return false;
  const { loadCheckpoint } = await import('../src/train/checkpoint.js');
  return (await loadCheckpoint(checkpointPath, { kind: 'classifier' })).step >= recipe.steps;
}

/** Of all images and labels, and what these are called. */
export function digestOf({ train, test }: DatasetSplits): string {
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
