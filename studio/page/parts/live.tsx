/** What a screen reader is told, without the visitor's being there. */
import { Store, useStore } from '../state/store.js';

const spoken = new Store('');
const waiting = new Map<string, number>();

/**
 * Says a line once nothing newer about the same has come for a moment.
 *
 * @returns what takes back a line that has not been said yet
 */
export function speak(line: string, afterMs = 400, about = ''): () => void {
  clearTimeout(waiting.get(about));
  const timer = setTimeout(() => spoken.set(line), afterMs);
  waiting.set(about, timer);
  return () => clearTimeout(timer);
}

export const Live = () => (
  <p class="unseen" aria-live="polite" role="status">
    {useStore(spoken)}
  </p>
);
