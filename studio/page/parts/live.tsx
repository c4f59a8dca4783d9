/** What a screen reader is told, without the visitor's being there. */
import { Store, useStore } from '../state/store.js';

const spoken = new Store('');
let timer: number | undefined;

/** Says a line once nothing newer has come for a moment. */
export function speak(line: string, afterMs = 400): void {
  clearTimeout(timer);
  timer = setTimeout(() => spoken.set(line), afterMs);
}

export const Live = () => (
  <p class="unseen" aria-live="polite" role="status">
    {useStore(spoken)}
  </p>
);
