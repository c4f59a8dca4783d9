/**
 * What the ranks of a world agree on: that a task went well everywhere, what rank 0 knows, and means
 * over all of them.
 */
import { ExitCode, MixganError } from '../errors.js';
import { alone, type Share, type World } from './world.js';

/** Ends a rank because another one failed, which says why: there is nothing to add. */
export class ToldError extends MixganError {}

export class Team implements Share {
  readonly #world: World;
  #isEnding = false;

  /** @param world without one this process is all of the team, and nothing waits */
  constructor(world: World = alone) {
    this.#world = world;
  }

  get rank(): number {
    return this.#world.rank;
  }

  get size(): number {
    return this.#world.size;
  }

  /** Whether this rank writes the run, and speaks for all. */
  get isFirst(): boolean {
    return this.rank === 0;
  }

  /** Whether all ranks know that the training has failed; while it is not, they may wait for this one. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /**
   * Each rank does a task, in which none waits for others; where one fails, all do.
   *
   * @returns what the task of this rank gave
   * @throws what the first of the ranks that failed has thrown there, ToldError elsewhere
   */
  async together<T>(task: () => T | Promise<T>): Promise<T> {
    let value: T | undefined;
    await this.agree(async () => {
      value = await task();
      return 0;
    });
    return value as T;
  }

  /** As `together`, for a task that gives a number, 0 or more; returns the greatest of all. */
  async agree(task: () => number | Promise<number>): Promise<number> {
    if (this.size === 1) return task();
    let failure: { readonly thrown: unknown } | undefined;
    const told = new Float64Array(2);
    try {
      told[1] = await task();
    } catch (thrown) {
      failure = { thrown };
      // The lower a rank, the greater its number.
      told[0] = (this.size - this.rank) * codes + exitCodeOf(thrown);
    }
    await this.#world.max(told);
    const [failed, greatest] = told as unknown as [number, number];
    if (failed === 0) return greatest;
    this.#isEnding = true;
    const rank = this.size - Math.floor(failed / codes);
    if (rank === this.rank) throw failure!.thrown;
    throw new ToldError(`rank ${rank} failed`, (failed % codes) as ExitCode);
  }

  /**
   * What all ranks find wrong at the same time, in what they have in common: rank 0 tells.
   * @throws what the check throws on rank 0, ToldError elsewhere
   */
  inCommon(check: () => void): void {
    try {
      check();
    } catch (thrown) {
      this.#isEnding = true;
      if (this.isFirst) throw thrown;
      throw new ToldError('all ranks failed', exitCodeOf(thrown));
    }
  }

  /** Rank 0 does a task; where it fails, all do. Elsewhere the result is undefined. */
  lead<T>(task: () => T | Promise<T>): Promise<T | undefined> {
    return this.together(async () => (this.isFirst ? task() : undefined));
  }

  /** What rank 0 makes, a JSON value or undefined, for all of them. */
  async shared<T>(make: () => T | Promise<T>): Promise<T> {
    if (this.size === 1) return make();
    const bytes = await this.lead(async () => encoded(JSON.stringify({ value: await make() })));
    const text = new TextDecoder().decode(await this.#world.broadcast(bytes));
    return (JSON.parse(text) as { readonly value: T }).value;
  }

  /** What rank 0 gives, for all. */
  broadcast(bytes: Uint8Array | undefined): Promise<Uint8Array> {
    return this.#world.broadcast(bytes);
  }

  /** What each rank gives, by rank: JSON values. */
  async gathered<T>(value: T): Promise<readonly T[]> {
    if (this.size === 1) return [value];
    const all = await this.#world.gather(encoded(JSON.stringify(value)));
    return all.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as T);
  }

  /** Adds up over all ranks, in place. */
  sum(values: Float32Array): Promise<void> {
    return this.#world.sum(values);
  }

  /**
   * The means of numbers over all ranks; all give the same names.
   * @param weight how much this rank's count
   */
  async mean(
    numbers: Readonly<Record<string, number>>,
    weight: number,
  ): Promise<Record<string, number>> {
    if (this.size === 1) return numbers;
    const values = Float32Array.of(...Object.values(numbers), 1).map((value) => value * weight);
    await this.#world.sum(values);
    const total = values.at(-1)!;
    return Object.fromEntries(Object.keys(numbers).map((name, i) => [name, values[i]! / total]));
  }
}

/** More than there are exit codes. */
const codes = 256;

const exitCodeOf = (thrown: unknown): ExitCode =>
  thrown instanceof MixganError ? thrown.exitCode : ExitCode.defect;

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
