/**
 * Files of runs, read without trust: who makes the folder of a run chooses what is in it.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Opens a regular file of a run, no link: who makes a folder of a run chooses what is in it.
 * @returns undefined where there is none, or it is something else
 */
export async function openPlain(path: string): Promise<FileHandle | undefined> {
  try {
    // To open a pipe would wait for who writes; systems without the flags have no such pipes.
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  } catch {
    return undefined;
  }
}

/** Bytes `from` … `to` of a file; fewer where it ends before. */
export async function readBytes(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, to - from));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
  return buffer.subarray(0, bytesRead);
}

/** A regular file's bytes; undefined where there is none, or it is longer. */
export async function plainBytes(path: string, most: number): Promise<Buffer | undefined> {
  const file = await openPlain(path);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    return size > most ? undefined : await readBytes(file, 0, size);
  } finally {
    await file.close();
  }
}
