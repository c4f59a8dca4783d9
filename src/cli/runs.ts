/**
 * Runs of any family, as the commands find them on disk.
 */
import type { Shape } from '../config/schema.js';
import { UsageError } from '../errors.js';
import type { Family, OpenedRun } from '../family/family.js';
import { openRunAs, requireKind } from '../family/open.js';
import { openRun } from '../train/run-folder.js';
import { type Given, kebab } from './options.js';

/**
 * @param families those whose runs the command can take
 * @throws InputError when it is not the folder of a run, or one of another family
 */
export async function openAny(
  families: readonly Family[],
  path: string,
): Promise<{ family: Family; opened: OpenedRun }> {
  const { run, config } = await openRun(path);
  const kind = requireKind(
    path,
    run.configPath,
    config,
    families.map((family) => family.kind),
  );
  const family = families.find((known) => known.kind === kind)!;
  return { family, opened: openRunAs(await family.settings(), path, run, config) };
}

/**
 * @param taken by family, the flags that it takes of those that some families take
 * @throws UsageError naming a flag that is for runs of other families
 */
export function refuseFlags(
  given: Given,
  family: Family,
  taken: ReadonlyMap<Family, Shape>,
  path: string,
): void {
  for (const flag of Object.keys(given)) {
    const able = [...taken].filter(([, shape]) => Object.hasOwn(shape, flag));
    if (able.length === 0 || able.some(([one]) => one === family)) continue;
    const titles = able.map(([{ title }]) => `a ${title}`).join(' or ');
    throw new UsageError(
      `--${kebab(flag)} is for runs of ${titles}, and ${path} is one of a ${family.title}`,
    );
  }
}
