import { useEffect, useState } from 'preact/hooks';

/** A value that parts of the page watch. */
export class Store<T> {
  #value: T;
  readonly #watchers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** @returns what ends it */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** The value, whose changes draw the component again. */
export function useStore<T>(store: Store<T>): T {
  const [value, set] = useState(store.value);
  useEffect(() => {
    const read = (): void => set(() => store.value);
    // It may have changed between the drawing and this.
    read();
    return store.watch(read);
  }, [store]);
  return value;
}
