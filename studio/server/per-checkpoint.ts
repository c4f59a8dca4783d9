/**
 * What is made of runs' checkpoints when it is first asked for, one at a time, and again when a run has a
 * newer one: files in a folder of the server's own.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../src/errors.js';
import type { RunEntry } from './run-entry.js';

/** @param place gives the path for what is made, in a folder that is there from then on */
export type Make<T> = (entry: RunEntry, place: () => Promise<string>) => Promise<T>;

export class PerCheckpoint<T> {
  readonly #make: Make<T>;
  #folder: Promise<string> | undefined;
  /** By run and checkpoint. */
  readonly #made = new Map<string, Promise<T>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(make: Make<T>) {
    this.#make = make;
  }

  /** @throws InputError where the run has no checkpoint; what making it throws */
  async of(entry: RunEntry): Promise<T> {
    const id = await checkpointId(entry);
    const known = this.#made.get(id);
    if (known !== undefined) return known;
    const place = async (): Promise<string> => {
      this.#folder ??= mkdtemp(join(tmpdir(), 'mixgan-studio-'));
      return join(await this.#folder, id);
    };
    // One at a time: each takes a core or all of them for seconds.
    const made = this.#last.then(() => this.#make(entry, place));
    this.#last = made.catch(() => undefined);
    this.#made.set(id, made);
    // Asked for again, it is tried again.
    made.catch(() => this.#made.delete(id));
    return made;
  }

  /** Ends when nothing is being made. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** Removes all that was made. */
  async remove(): Promise<void> {
    const folder = await this.#folder;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** A name of a run's checkpoint, for a file: a newer one has another. */
async function checkpointId({ run, key, name }: RunEntry): Promise<string> {
  const found = await stat(run.checkpointPath).catch(() => undefined);
  if (found === undefined) throw new InputError(`${name} has no checkpoint yet`);
  return `${key}-${Math.round(found.mtimeMs)}-${found.size}`;
}
