/**
 * Trained models, on disk or as a training without a folder returns them.
 */

import { parseConfig } from '../config/parse.js';
import { InputError } from '../errors.js';
import type { Checkpoint } from '../train/checkpoint.js';
import type { FamilyConfig, FamilySettings, Trained } from './family.js';
import { openRunOf } from './open.js';

/** Where a trained model is: the folder of a run, or the `checkpoint` that a training returned. */
export type Source = string | Checkpoint;

/** @throws InputError where the folder is missing, damaged, or not that of such a run */
export async function openTrained<C extends FamilyConfig>(
  settings: Pick<FamilySettings<C>, 'kind' | 'schema'>,
  source: Source,
): Promise<Trained<C>> {
  const { kind, schema } = settings;
  if (typeof source === 'string') return openRunOf(settings, source);
  const path = `the trained ${source.kind}`;
  if (source.kind !== kind) throw new InputError(`${path} is no ${kind}`);
  // What the model was trained on is stored beside the configuration's own keys.
  const { task: _, ...keys } = Object(source.config) as Record<string, unknown>;
  return {
    path,
    config: parseConfig(schema, keys, path, InputError),
    checkpoint: async () => ({ ...source, path }),
  };
}
