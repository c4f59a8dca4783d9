/**
 * Runs of any family, as the commands find them on disk.
 */
import type { z } from 'zod';
import type { Shape } from '../config/schema.js';
import { UsageError } from '../errors.js';
import type { Family, OpenedRun } from '../family/family.js';
import { openRunAs, requireKind } from '../family/open.js';
import { openRun } from '../train/run-folder.js';
import { computeFlags, type Given, kebab } from './options.js';

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

/** What each family brings to a command. */
type Parts = ReadonlyMap<Family, { readonly flags: z.ZodObject; readonly computes?: boolean }>;

const shapeOf = ({ flags, computes }: { flags: z.ZodObject; computes?: boolean }): Shape => ({
  ...flags.shape,
  ...(computes && computeFlags),
});

/** The flags that some families take. */
export const flagsOf = (parts: Parts): Shape =>
  Object.assign({}, ...Array.from(parts.values(), shapeOf));

/**
 * @throws UsageError naming a flag that is for runs of other families
 */
export function refuseFlags(given: Given, family: Family, parts: Parts, path: string): void {
  for (const flag of Object.keys(given)) {
    const able = [...parts].filter(([, part]) => Object.hasOwn(shapeOf(part), flag));
    if (able.length === 0 || able.some(([one]) => one === family)) continue;
    const titles = able.map(([{ title }]) => `a ${title}`).join(' or ');
    throw new UsageError(
      `--${kebab(flag)} is for runs of ${titles}, and ${path} is one of a ${family.title}`,
    );
  }
}
