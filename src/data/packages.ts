/**
 * Packages that a dataset is made of and that are not always installed: found, told the version of, and
 * asked for by name where they are missing.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../errors.js';

const require = createRequire(import.meta.url);

/** A package that is installed. */
export interface FoundPackage {
  readonly name: string;
  readonly version: string;
  /** Its folder. */
  readonly folder: string;
}

/**
 * Where a package is, whatever it exports: its `package.json` is looked for as Node looks for modules.
 * @param need what wants it, as a sentence begins: `--data faces`
 * @throws InputError where it is not installed, or its manifest cannot be read
 */
export function findPackage(name: string, need: string): FoundPackage {
  const found = installed(name);
  if (found !== undefined) return found;
  throw new InputError(
    `${need} needs the npm package ${name}, which is not installed; run npm install ${name}`,
  );
}

/**
 * Several packages, in their order.
 * @param need as of `findPackage`
 * @throws InputError naming all that are not installed
 */
export function findPackages(names: readonly string[], need: string): FoundPackage[] {
  const found = names.map(installed);
  const missing = names.filter((_, i) => found[i] === undefined);
  if (missing.length === 0) return found.filter((one) => one !== undefined);
  throw new InputError(
    `${need} needs ${missing.length} npm packages that are not installed; run npm install ${missing.join(' ')}`,
  );
}

function installed(name: string): FoundPackage | undefined {
  for (const modules of require.resolve.paths(name) ?? []) {
    const path = join(modules, name, 'package.json');
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch {
      continue;
    }
    return { name, version: versionIn(text, path), folder: dirname(path) };
  }
  return undefined;
}

function versionIn(manifest: string, path: string): string {
  try {
    const { version } = JSON.parse(manifest) as { version?: unknown };
    if (typeof version === 'string') return version;
  } catch {
    // Told below, as a manifest without a version is.
  }
  throw new InputError(`${path} is damaged: install the package again`);
}

/**
 * Loads a package.
 * @param need as of `findPackage`
 * @throws InputError where it is not installed, or does not load, as native code of another system
 */
export async function importPackage(name: string, need: string): Promise<unknown> {
  const { folder } = findPackage(name, need);
  try {
    return await import(pathToFileURL(entryOf(folder)).href);
  } catch (thrown) {
    const [line] = String((thrown as Error).message).split('\n');
    throw new InputError(
      `${need} needs the npm package ${name}, which does not load (${line}); install it again: npm install ${name}`,
      { cause: thrown },
    );
  }
}

/** The module that a manifest names: those used here export one, as text. */
function entryOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports?: unknown;
    main?: string;
  };
  const { exports, main = 'index.js' } = manifest;
  return join(folder, typeof exports === 'string' ? exports : main);
}
