import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { type ImportFlags, importFile } from '../../src/cli/commands/import.js';

/** What make_checkpoint_goldens.py says of its files. */
export interface CheckpointGoldens {
  /** [B, H, W, C_in] of the images, made by `uniform`. */
  readonly images: number[];
  /** [B][K] by file. */
  readonly logits: Readonly<Record<string, number[][]>>;
}

export const checkpointFolder = fileURLToPath(new URL('./checkpoints', import.meta.url));

export const checkpointGoldens = (): CheckpointGoldens =>
  JSON.parse(readFileSync(`${checkpointFolder}.json`, 'utf8')) as CheckpointGoldens;

export const checkpointFile = (name: string): string => join(checkpointFolder, name);

/** `mixgan import FILE --json`, in this process; what it prints. */
export async function imported(
  path: string,
  flags: Partial<ImportFlags>,
): Promise<Record<string, unknown>> {
  const printed: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  try {
    await importFile(path, { head: 'keep', ...flags, json: true });
  } finally {
    write.mockRestore();
  }
  return JSON.parse(printed.join('')) as Record<string, unknown>;
}
