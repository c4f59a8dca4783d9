/**
 * What the fuzzer asks of each reader of files.
 */
import { createHash } from 'node:crypto';
import type { RandomStream } from '../../src/random.js';

export interface Reader {
  readonly name: string;
  /** Its share of the inputs, beside the others'. */
  readonly weight: number;
  /** Whether what it reads carries a checksum of what matters. */
  readonly hasChecksum: boolean;
  /** Files as they are written by those who mean well. */
  samples(): Promise<readonly Buffer[]>;
  /** The sample changed with its checksums and lengths made right again, so that the change is meant. */
  forge?(sample: Buffer, random: RandomStream): Buffer;
  /** Inputs that are made to take all memory, or for ever. */
  bombs?(): readonly Buffer[];
  /**
   * Reads a file, or a folder that is made of it.
   *
   * @param path of the file
   * @param folder to work in, empty before
   * @returns what was read, in a few characters
   * @throws MixganError where it is refused
   */
  read(path: string, folder: string): Promise<string>;
}

/** Stands for values: two that are alike have the same. */
export function digestOf(...parts: readonly (string | NodeJS.ArrayBufferView)[]): string {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part).update('|');
  return hash.digest('hex');
}
