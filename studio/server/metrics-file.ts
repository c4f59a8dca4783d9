/**
 * A file of metrics while it grows: its whole lines from some byte on, and a few of them all over it.
 */
import type { FileHandle } from 'node:fs/promises';
import { readBytes } from './plain-file.js';

/** One line, as far as it can be read. */
export type Line = Readonly<Record<string, number | null>> & {
  readonly step: number;
  readonly seconds: number;
};

/** The text of a line as its numbers; undefined where it is no record of metrics. */
export function lineOf(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const { step, seconds } = Object(value) as Record<string, unknown>;
    if (typeof step !== 'number' || typeof seconds !== 'number') return undefined;
    return value as Line;
  } catch {
    return undefined;
  }
}

export const linesOf = (text: string): Line[] =>
  text.split('\n').flatMap((line) => lineOf(line) ?? []);

/** At most so many bytes are read at a time, and sent. */
export const mostAtOnce = 2 ** 20;

/** Where the last whole line within `bytes` ends; 0 where there is none. */
export const wholeLines = (bytes: Uint8Array): number => bytes.lastIndexOf(10) + 1;

const blocks = 24;
const blockBytes = 4096;

/**
 * Lines from all over a file, in order; all of them where it is short. However long the file, it
 * costs the same.
 * @param size its bytes
 */
export async function sampledLines(file: FileHandle, size: number): Promise<Line[]> {
  if (size <= blocks * blockBytes) return linesOf((await readBytes(file, 0, size)).toString());
  const lines: Line[] = [];
  for (let block = 0; block < blocks; block++) {
    const from = Math.round(((size - blockBytes) * block) / (blocks - 1));
    const text = (await readBytes(file, from, from + blockBytes)).toString();
    // The first line begins before the block, the last ends after it.
    const whole = text.slice(block === 0 ? 0 : text.indexOf('\n') + 1, text.lastIndexOf('\n') + 1);
    lines.push(...linesOf(whole));
  }
  return lines;
}

/** So many of them at even distances, the first and the last included. */
export function thinned<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from(
    { length: most },
    (_, i) => items[Math.round(((items.length - 1) * i) / (most - 1))]!,
  );
}
