/**
 * Trained models that come with this package: run folders that hold what drawing needs, under names that
 * stand wherever a run stands.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OutputError } from '../errors.js';

/** The folders lie with the sources, for the compiled package too. */
function shippedFolder(): string {
  const path = import.meta.url.includes('/dist/src/') ? '../../../models' : '../../models';
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The names, sorted; none where a package was taken apart. */
export function shippedNames(): string[] {
  try {
    const entries = readdirSync(shippedFolder(), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

/** The folder of the model of that name; undefined where there is none. */
export const shippedRun = (name: string): string | undefined =>
  shippedNames().includes(name) ? join(shippedFolder(), name) : undefined;

/**
 * @param folder where something is to be written
 * @param name as the user called it
 * @throws OutputError where it is a model's that comes with this package
 */
export function refuseShipped(folder: string, name: string): void {
  if (!shippedNames().some((known) => folder === join(shippedFolder(), known))) return;
  throw new OutputError(
    `${name} comes with this package, and nothing is written into its folder; give the output a place of its own, or train a run: mixgan train`,
  );
}
