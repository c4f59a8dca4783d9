/** Keys of the page, and the list of them. */
import { useEffect, useRef } from 'preact/hooks';
import { Store, useStore } from '../state/store.js';

export interface Shortcut {
  /** As `KeyboardEvent.key` has it. */
  readonly key: string;
  readonly what: string;
  readonly act: () => void;
}

const shortcuts = new Store<readonly Shortcut[]>([]);

/** Whether what has the focus takes keys itself. */
const takesKeys = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input, select, textarea, [contenteditable], [data-keys]') !== null;

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (takesKeys(event.target) && event.key !== '?') return;
  if (document.querySelector('dialog[open]') !== null) return;
  // A space presses the button that has the focus.
  if (
    event.key === ' ' &&
    event.target instanceof HTMLElement &&
    event.target.matches('button, a, summary')
  )
    return;
  const found = shortcuts.value.find(({ key }) => key === event.key);
  if (found === undefined) return;
  event.preventDefault();
  found.act();
});

/** Keys that mean something while the component is there. */
export function useShortcuts(own: readonly Shortcut[]): void {
  const latest = useRef(own);
  latest.current = own;
  const id = own.map(({ key }) => key).join(' ');
  useEffect(() => {
    const added = own.map(({ key, what }, i) => ({
      key,
      what,
      act: () => latest.current[i]?.act(),
    }));
    shortcuts.set([...shortcuts.value, ...added]);
    return () => shortcuts.set(shortcuts.value.filter((shortcut) => !added.includes(shortcut)));
  }, [id]);
}

const names: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
};

/** The list under `?`. */
export function Keys({ dialog }: { readonly dialog: { current: HTMLDialogElement | null } }) {
  const known = useStore(shortcuts);
  return (
    <dialog ref={dialog} aria-labelledby="keys-title" class="keys">
      <h2 id="keys-title">Keys</h2>
      <dl>
        {known.map(({ key, what }) => (
          <div key={key}>
            <dt>
              <kbd>{names[key] ?? key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>←</kbd> <kbd>→</kbd>
          </dt>
          <dd>in a chart that has the focus: move the cursor; + and − zoom, Escape shows all</dd>
        </div>
      </dl>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
