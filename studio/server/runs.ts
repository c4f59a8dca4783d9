/**
 * All runs below a folder, found by their `config.json`, and looked at while somebody watches.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shippedNames, shippedRun } from '../../src/train/shipped.js';
import type { RunList } from '../shared/protocol.js';
import { openPlain, readBytes } from './plain-file.js';
import { type Change, type KnownConfig, RunEntry } from './run-entry.js';

export interface RunsOptions {
  readonly folder: string;
  /** By kind, the metrics that a sparkline may show, the best first. */
  readonly sparkNames: ReadonlyMap<string, readonly string[]>;
  readonly onChange: (entry: RunEntry, change: Change) => void;
  readonly onGone: (key: string) => void;
}

/** Folders of runs lie so deep below the one that is shown. */
const deepest = 4;
/** As many folders are looked through. */
const mostFolders = 20_000;
/** A configuration is shorter, in bytes. */
const longestConfig = 2 ** 20;
/** Between two looks at runs that grow, milliseconds. */
const activeMs = 120;
/** Between two looks for new folders. */
const scanMs = 1000;
/** Of the runs that do not grow, so many are looked at between two looks at those that do. */
const idleAtOnce = 40;
/** Files are opened by so many runs at a time. */
const atOnce = 16;

export class Runs {
  readonly #options: RunsOptions;
  readonly #entries = new Map<string, RunEntry>();
  readonly #byPath = new Map<string, RunEntry>();
  #isComplete = false;
  #timer: NodeJS.Timeout | undefined;
  #scanned = 0;
  #cursor = 0;
  #isWatched = false;
  #isClosed = false;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  list(): RunList {
    const runs = Array.from(this.#entries.values(), ({ summary }) => summary ?? []).flat();
    return { runs, isComplete: this.#isComplete };
  }

  /** All that have been looked at. */
  entries(): RunEntry[] {
    return [...this.#entries.values()];
  }

  get(key: string): RunEntry | undefined {
    return this.#entries.get(key);
  }

  /** Finds what there is, once; then, while it is watched, what is new. */
  async open(): Promise<void> {
    await this.#addShipped();
    await this.#scan();
    this.#isComplete = true;
    this.#schedule();
  }

  /** Whether anybody wants to know. */
  set isWatched(isWatched: boolean) {
    this.#isWatched = isWatched;
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#timer !== undefined || !this.#isComplete || !this.#isWatched || this.#isClosed)
      return;
    this.#timer = setTimeout(() => {
      void this.#tick().finally(() => {
        this.#timer = undefined;
        this.#schedule();
      });
    }, activeMs);
  }

  async #tick(): Promise<void> {
    if (Date.now() - this.#scanned >= scanMs) await this.#scan();
    const all = [...this.#entries.values()];
    const idle = all.filter((entry) => !entry.isActive);
    const start = this.#cursor < idle.length ? this.#cursor : 0;
    this.#cursor = start + idleAtOnce;
    const due = [
      ...all.filter((entry) => entry.isActive),
      ...idle.slice(start, start + idleAtOnce),
    ];
    await this.#look(due);
  }

  /** Looks at a run now. */
  refresh(entry: RunEntry): Promise<void> {
    return this.#look([entry]);
  }

  async #look(entries: readonly RunEntry[]): Promise<void> {
    const queue = [...entries];
    const work = async (): Promise<void> => {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        const change = await entry.look();
        if (change.summary !== undefined) this.#options.onChange(entry, change);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  async #scan(): Promise<void> {
    const found = new Set<string>();
    const fresh: RunEntry[] = [];
    let left = mostFolders;
    const visit = async (path: string, name: string, depth: number): Promise<void> => {
      // Its folder was listed a moment ago.
      if (this.#byPath.has(path)) {
        found.add(path);
        return;
      }
      const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
      const isRun = entries.some((entry) => entry.name === 'config.json' && entry.isFile());
      const entry = isRun ? await this.#opened(path, name) : undefined;
      if (entry !== undefined) {
        found.add(path);
        fresh.push(entry);
        return;
      }
      if (depth === deepest) return;
      for (const entry of entries) {
        if (!entry.isDirectory() || /^\.|^node_modules$/.test(entry.name) || left-- <= 0) continue;
        const below = name === '' ? entry.name : `${name}/${entry.name}`;
        await visit(join(path, entry.name), below, depth + 1);
      }
    };
    await visit(this.#options.folder, '', 0);
    for (const [path, { key }] of this.#byPath) {
      if (found.has(path)) continue;
      this.#byPath.delete(path);
      this.#entries.delete(key);
      this.#options.onGone(key);
    }
    for (const entry of fresh) {
      this.#byPath.set(entry.path, entry);
      this.#entries.set(entry.key, entry);
    }
    await this.#look(fresh);
    this.#scanned = Date.now();
  }

  async #addShipped(): Promise<void> {
    for (const name of shippedNames()) {
      const entry = await this.#opened(shippedRun(name)!, name, true);
      if (entry === undefined) continue;
      this.#entries.set(entry.key, entry);
      await this.#look([entry]);
    }
  }

  async #opened(path: string, name: string, isShipped = false): Promise<RunEntry | undefined> {
    const config = knownConfig(await readConfig(join(path, 'config.json')));
    const names = config && this.#options.sparkNames.get(config.kind);
    return names && new RunEntry(name === '' ? '.' : name, path, config, names, isShipped);
  }
}

/** The configuration of a run; undefined where it cannot be read. */
export async function readConfig(path: string): Promise<unknown> {
  const file = await openPlain(path);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size > longestConfig) return undefined;
    return JSON.parse((await readBytes(file, 0, size)).toString());
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

function knownConfig(config: unknown): KnownConfig | undefined {
  const { kind, preset, data, seed, steps } = Object(config) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const whole = (value: unknown): number => (Number.isSafeInteger(value) ? Number(value) : 0);
  if (typeof kind !== 'string') return undefined;
  return { kind, preset: text(preset), data: text(data), seed: whole(seed), steps: whole(steps) };
}
