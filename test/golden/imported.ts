import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ImportFlags, importFile } from '../../classifier/import.js';

/** What make_released_goldens.py says of its files. */
export interface ReleasedGoldens {
  /** [B, H, W, C_in] of the images, made by `uniform`. */
  readonly images: number[];
  /** [B][K] by file. */
  readonly logits: Readonly<Record<string, number[][]>>;
}

export const releasedFolder = fileURLToPath(new URL('./released', import.meta.url));

export const releasedGoldens = (): ReleasedGoldens =>
  JSON.parse(readFileSync(`${releasedFolder}.json`, 'utf8')) as ReleasedGoldens;

export const releasedFile = (name: string): string => join(releasedFolder, name);

/** What `mixgan import FILE --json` prints. */
export async function imported(
  path: string,
  flags: Partial<ImportFlags>,
): Promise<Record<string, unknown>> {
  const { document } = await importFile(path, { head: 'keep', ...flags });
  return document as Record<string, unknown>;
}
