/** The metrics of the runs that are looked at. Each is read once; then only what is new comes. */
import { useEffect, useState } from 'preact/hooks';
import type { NewLines, RunSummary } from '../../shared/protocol.js';
import { History } from './history.js';
import { getText, runPath } from './server.js';

type Watcher = () => void;

/** Between two drawings of curves that grow, milliseconds. */
const restMs = 350;

class Histories {
  readonly #known = new Map<string, History>();
  /** Whether a run is being read, and whether it has to be again. */
  readonly #reading = new Map<string, boolean>();
  readonly #watchers = new Set<Watcher>();
  #pause: number | undefined;
  #isDue = false;
  /** Grows whenever a history does. */
  version = 0;

  get(key: string): History | undefined {
    return this.#known.get(key);
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Reads those that are not known yet, and forgets all others. */
  async want(keys: readonly string[]): Promise<void> {
    for (const key of this.#known.keys()) if (!keys.includes(key)) this.#known.delete(key);
    await Promise.all(keys.filter((key) => !this.#known.has(key)).map((key) => this.#read(key)));
  }

  /** Takes lines that follow what is known. */
  append({ key, version, from, to, text }: NewLines): void {
    const history = this.#known.get(key);
    if (history === undefined) return;
    if (history.version === version && history.bytes === from) {
      history.append(text, to - from);
      this.#tell();
    } else if (history.version !== version || history.bytes < from) {
      void this.#read(key);
    }
  }

  /** Reads what a summary tells of and no event brought. */
  catchUp({ key, version, bytes }: RunSummary): void {
    const history = this.#known.get(key);
    if (history === undefined) return;
    if (history.version !== version || history.bytes < bytes) void this.#read(key);
  }

  async #read(key: string): Promise<void> {
    if (this.#reading.has(key)) {
      this.#reading.set(key, true);
      return;
    }
    this.#reading.set(key, false);
    try {
      let history = this.#known.get(key);
      for (;;) {
        const from = history?.bytes ?? 0;
        const path = `${runPath(key, 'metrics.jsonl')}${from === 0 ? '' : `?from=${from}`}`;
        const { text, version } = await getText(path);
        if (history === undefined || history.version !== version) {
          const isNew = from === 0;
          history = new History(version);
          if (!isNew) continue;
        }
        // It may have grown by an event meanwhile.
        if (history.bytes !== from) continue;
        history.append(text, new Blob([text]).size);
        this.#known.set(key, history);
        // An answer holds so much at most: there may be more. A site's file comes whole.
        if (version === '' || text.length < 2 ** 24) break;
      }
    } catch {
      // The next event, or the next connection, asks again.
    } finally {
      const again = this.#reading.get(key) === true;
      this.#reading.delete(key);
      if (again) void this.#read(key);
    }
    this.#tell();
  }

  /** At once, and then at most every so often: to draw curves takes time from who trains. */
  #tell(): void {
    this.version++;
    if (this.#pause !== undefined) {
      this.#isDue = true;
      return;
    }
    for (const watcher of [...this.#watchers]) watcher();
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (!this.#isDue) return;
      this.#isDue = false;
      this.#tell();
    }, restMs);
  }
}

export const histories = new Histories();

/** Has the metrics of these runs, and draws the component again when they grow. */
export function useHistories(keys: readonly string[]): Histories {
  const [, set] = useState(0);
  const id = keys.join(' ');
  useEffect(() => {
    void histories.want(keys);
    return histories.watch(() => set(histories.version));
  }, [id]);
  return histories;
}
