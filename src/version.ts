import { readFileSync } from 'node:fs';

/** The version of this package, from its package.json. */
export function packageVersion(): string {
  // The compiled package lies one folder deeper.
  const path = import.meta.url.includes('/dist/src/') ? '../../package.json' : '../package.json';
  const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
