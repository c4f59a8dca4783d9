/**
 * The built page: in the package it is there, in a clone it is built when the server starts.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tabFolder } from '../shared/files.js';
import { plainBytes } from './plain-file.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.gz': 'application/gzip',
  '.svg': 'image/svg+xml',
};

const longestFile = 2 ** 26;

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Where the page's files are, once they are. */
export async function pageFolder(): Promise<string> {
  const builder = fileURLToPath(new URL('../build.ts', import.meta.url));
  if (!existsSync(builder)) return fileURLToPath(new URL('../site', import.meta.url));
  // By its path: the compiled package has no part in it.
  const { buildPage } = (await import(builder)) as { buildPage: () => Promise<string> };
  return buildPage();
}

/** All of them by their paths. */
export async function pageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const [own, tab] = await Promise.all([filesIn(folder, ''), filesIn(folder, `${tabFolder}/`)]);
  return new Map([...own, ...tab]);
}

async function filesIn(root: string, below: string) {
  const folder = join(root, below);
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  const files = await Promise.all(
    names.map(async ({ name }) => {
      const bytes = (await plainBytes(join(folder, name), longestFile)) ?? new Uint8Array();
      return [
        `${below}${name}`,
        { type: types[extname(name)] ?? 'application/octet-stream', bytes },
      ] as const;
    }),
  );
  return files;
}
