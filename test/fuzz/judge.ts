/**
 * One input after the other: made from a seed, read, and judged.
 */
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MixganError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { damaged } from './bytes.js';
import type { Reader } from './reader.js';

/** What a reader makes of an input; the last two are defects. */
export type Verdict = 'refused' | 'equal' | 'different' | 'wrong' | 'uncaught';

export interface Judgement {
  readonly verdict: Verdict;
  /** Why it was refused, or what is wrong. */
  readonly message: string;
  /** Of a processor. */
  readonly milliseconds: number;
}

/** Longer than the longest name that an input has, twice. */
const longestMessage = 12_000;

export class Judge {
  readonly #reader: Reader;
  readonly #samples: readonly Buffer[];
  /** Of the samples as they are. */
  readonly #known = new Set<string>();
  readonly #folder: string;
  readonly #bombs: readonly string[];

  private constructor(
    reader: Reader,
    samples: readonly Buffer[],
    folder: string,
    bombs: readonly string[],
  ) {
    this.#reader = reader;
    this.#samples = samples;
    this.#folder = folder;
    this.#bombs = bombs;
  }

  /**
   * @param folder to work in
   * @param bombs files with the first inputs
   */
  static async of(reader: Reader, folder: string, bombs: readonly string[]): Promise<Judge> {
    const judge = new Judge(reader, await reader.samples(), folder, bombs);
    for (const sample of judge.#samples) {
      const value = await judge.#read((path) => writeFile(path, sample)).catch(() => undefined);
      if (value !== undefined) judge.#known.add(value);
    }
    return judge;
  }

  /** Reads the input of a number; the same number and seed make the same input. */
  async judge(seed: number, number: number): Promise<Judgement> {
    const { bytes, isMeant } = this.#input(seed, number);
    const bomb = this.#bombs[number];
    const before = process.cpuUsage();
    const done = (verdict: Verdict, message: string): Judgement => {
      const { user, system } = process.cpuUsage(before);
      return { verdict, message, milliseconds: (user + system) / 1000 };
    };
    try {
      const value = await this.#read((path) =>
        bomb === undefined ? writeFile(path, bytes) : copyFile(bomb, path),
      );
      if (this.#known.has(value)) return done('equal', '');
      if (isMeant || !this.#reader.hasChecksum) return done('different', '');
      return done('wrong', 'accepted, though its checksum is not that of what was read');
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      if (!(thrown instanceof MixganError)) {
        return done('uncaught', thrown instanceof Error ? (thrown.stack ?? message) : message);
      }
      const isALine = message !== '' && message.length <= longestMessage;
      return isALine
        ? done('refused', message)
        : done('uncaught', `a message of ${message.length}`);
    }
  }

  /** @returns whether somebody meant the change, and made its checksums right */
  #input(seed: number, number: number): { bytes: Buffer; isMeant: boolean } {
    const random = RandomStream.fromSeed(seed).split(this.#reader.name).split(number);
    const sample = this.#samples[random.integer(this.#samples.length)]!;
    const isMeant = number < this.#bombs.length || (this.#reader.forge && random.integer(2) === 0);
    if (isMeant !== true) return { bytes: damaged(sample, random, this.#samples), isMeant: false };
    return { bytes: this.#reader.forge?.(sample, random) ?? sample, isMeant: true };
  }

  async #read(write: (path: string) => Promise<unknown>): Promise<string> {
    const folder = join(this.#folder, 'work');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    const path = join(this.#folder, 'input');
    await write(path);
    return this.#reader.read(path, folder);
  }
}
