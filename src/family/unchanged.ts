/**
 * Whether a run's configuration is still the one that it was trained by.
 */
import { differences } from '../config/differences.js';
import { parseConfig } from '../config/parse.js';
import { asJson } from '../config/resolve.js';
import { InputError } from '../errors.js';
import type { LoadedCheckpoint } from '../train/checkpoint.js';
import type { RunFolder } from '../train/run-folder.js';
import type { FamilyConfig, FamilySettings } from './family.js';

/**
 * Holds what a run is to go on with against what its checkpoint was trained by, which is what
 * counts: with another batch size or rate it would be another training from here on. The number of
 * steps may be another. So may the place of its images, which can move.
 *
 * @returns a line for the user, where the images are elsewhere
 * @throws InputError naming the keys that were changed, with both values
 */
export function requireUnchanged<C extends FamilyConfig>(
  { schema }: Pick<FamilySettings<C>, 'schema'>,
  config: C,
  { path, config: stored }: LoadedCheckpoint,
  { configPath }: RunFolder,
): string | undefined {
  // What the model was trained on is stored beside the configuration's own keys.
  const { task: _, ...keys } = Object(stored) as Record<string, unknown>;
  const trained = parseConfig(schema, keys, path, InputError);
  const changed = differences(asJson(trained), asJson(config)).filter(
    ({ path: key }) => key !== 'steps',
  );
  const data = changed.find(({ path: key }) => key === 'data');
  const others = changed.filter((one) => one !== data);
  if (others.length > 0) {
    const each = others.map(({ path: key, before, after }) => `${key} is ${after}, was ${before}`);
    throw new InputError(
      `${configPath} was changed since the run began: ${each.join('; ')}; the run goes on with its old configuration alone: change it back, or start a new run with --config ${configPath}`,
    );
  }
  return data && `images: ${data.after}, where the run began with ${data.before}`;
}
