/**
 * Runs as they are found on disk.
 */
import { parseConfig } from '../config/parse.js';
import type { Settings } from '../config/resolve.js';
import { InputError } from '../errors.js';
import { loadCheckpoint } from '../train/checkpoint.js';
import { openRun } from '../train/run-folder.js';
import type { FamilyConfig, OpenedRun } from './family.js';

/** The kind in a configuration as it is stored, where it has one. */
export const kindIn = (config: unknown): unknown => (config as { kind?: unknown } | null)?.kind;

/**
 * Opens a run of one family.
 * @throws InputError when it is not the folder of a run, or that of another kind
 */
export async function openRunOf<C extends FamilyConfig>(
  { kind, schema }: Pick<Settings<C>, 'kind' | 'schema'>,
  path: string,
): Promise<OpenedRun<C>> {
  const { run, config } = await openRun(path);
  requireKind(path, run.configPath, config, [kind]);
  return {
    path,
    run,
    config: parseConfig(schema, config, run.configPath, InputError),
    checkpoint: (which = 'last') =>
      loadCheckpoint(which === 'best' ? run.bestPath : run.checkpointPath, { kind }),
  };
}

/** @throws InputError when a configuration is of none of these kinds */
export function requireKind(
  path: string,
  configPath: string,
  config: unknown,
  kinds: readonly string[],
): void {
  const found = kindIn(config);
  if (found === undefined) {
    throw new InputError(`${configPath} is not the configuration of a run of mixgan`);
  }
  if (kinds.includes(String(found))) return;
  throw new InputError(
    `${path} is a run of a ${found}, and this command needs a ${kinds.join(' or ')} run`,
  );
}
