import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { InputError } from '../../src/errors.js';
import type { ByteSource } from '../../src/formats/byte-source.js';
import { RandomAccessFile } from '../../src/formats/random-access-file.js';
import type { TensorFile, TensorValues } from '../../src/formats/tensor-file.js';

/** A folder for a test file's files; gone afterwards. */
export function temporaryFolder(): { path(name: string): string } {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mixgan-formats-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  return { path: (name) => join(folder, name) };
}

/** All that a file holds. */
export function contentsOf(path: string, read: (source: ByteSource) => Promise<TensorFile>) {
  return RandomAccessFile.use(path, async (source) => {
    const file = await read(source);
    const values = new Map<string, TensorValues>();
    for (const name of file.shapes.keys()) values.set(name, await file.read(name));
    return { shapes: file.shapes, metadata: file.metadata, values };
  });
}

/** What opening bytes as a file, and reading all that is in it, complains about. */
export async function errorOf(
  path: string,
  bytes: Uint8Array,
  read: (source: ByteSource) => Promise<TensorFile>,
): Promise<string> {
  await writeFile(path, bytes);
  try {
    await contentsOf(path, read);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(InputError);
    const { message } = thrown as InputError;
    expect(message).not.toContain('\n');
    expect(message.startsWith(path)).toBe(true);
    return message.slice(path.length);
  }
  throw new Error('the file was accepted');
}
