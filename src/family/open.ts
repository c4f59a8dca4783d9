/**
 * Runs as they are found on disk.
 */
import { parseConfig } from '../config/parse.js';
import type { Settings } from '../config/resolve.js';
import { InputError } from '../errors.js';
import { openRun, type RunFolder } from '../train/run-folder.js';
import type { FamilyConfig, OpenedRun } from './family.js';

/** The kind in a configuration as it is stored, where it has one. */
const kindIn = (config: unknown): unknown => (config as { kind?: unknown } | null)?.kind;

/**
 * Opens a run of one family.
 * @throws InputError when it is not the folder of a run, or that of another kind
 */
export async function openRunOf<C extends FamilyConfig>(
  settings: Pick<Settings<C>, 'kind' | 'schema'>,
  path: string,
): Promise<OpenedRun<C>> {
  const { run, config } = await openRun(path);
  requireKind(path, run.configPath, config, [settings.kind]);
  return openRunAs(settings, path, run, config);
}

/**
 * @param config as it is stored, of the family's kind
 * @throws InputError when the family knows no such configuration
 */
export const openRunAs = <C extends FamilyConfig>(
  { kind, schema }: Pick<Settings<C>, 'kind' | 'schema'>,
  path: string,
  run: RunFolder,
  config: unknown,
): OpenedRun<C> => ({
  path,
  run,
  config: parseConfig(schema, config, run.configPath, InputError),
  async checkpoint(which = 'last') {
    const { loadCheckpoint } = await import('../train/checkpoint.js');
    return loadCheckpoint(which === 'best' ? run.bestPath : run.checkpointPath, { kind });
  },
});

/**
 * @returns the kind of a stored configuration
 * @throws InputError when it is none of these
 */
export function requireKind(
  path: string,
  configPath: string,
  config: unknown,
  kinds: readonly string[],
): string {
  const found = kindIn(config);
  if (found === undefined) {
    throw new InputError(`${configPath} is not the configuration of a run of mixgan`);
  }
  if (typeof found === 'string' && kinds.includes(found)) return found;
  throw new InputError(
    `${path} is a run of a ${found}, and this command needs a ${kinds.join(' or ')} run`,
  );
}
