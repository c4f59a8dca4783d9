/** Light or dark: as the system says, unless the visitor chose. */
import { Store } from '../state/store.js';

export type Theme = 'auto' | 'light' | 'dark';

const query = matchMedia('(prefers-color-scheme: dark)');
const calm = matchMedia('(prefers-reduced-motion: reduce)');

function stored(): Theme {
  const text = tried(() => localStorage.getItem('theme'));
  return text === 'light' || text === 'dark' ? text : 'auto';
}

export const theme = new Store<Theme>(stored());
export const isDark = new Store(false);
/** Whether nothing should move by itself. */
export const isCalm = new Store(calm.matches);

function apply(): void {
  const dark = theme.value === 'auto' ? query.matches : theme.value === 'dark';
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  isDark.set(dark);
}

export function setTheme(next: Theme): void {
  tried(() => localStorage.setItem('theme', next));
  theme.set(next);
  apply();
}

function tried<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    // Browsers may refuse a page its memory.
    return undefined;
  }
}

query.addEventListener('change', apply);
calm.addEventListener('change', () => isCalm.set(calm.matches));
apply();
