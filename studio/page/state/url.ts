/**
 * Where the page is: all that a visitor chose stands after the `#` of its address, so that a link leads
 * back to it, on any server.
 */
import { hashOf, type Place, placeOf } from './place.js';
import { Store, useStore } from './store.js';

export const place = new Store<Place>(placeOf(location.hash));

addEventListener('hashchange', () => place.set(placeOf(location.hash)));

/** Changes some of what was chosen; an empty text takes a choice back. */
export function choose(changes: Readonly<Record<string, string>>): void {
  const { view, params } = place.value;
  const next = { view, params: { ...params, ...changes } };
  // Sliders would fill the history.
  history.replaceState(null, '', hashOf(next));
  place.set(next);
}

/** The address of another view with the same choices. */
export const hashOfView = (view: string): string => hashOf({ ...place.value, view });

export function goTo(view: string): void {
  location.hash = hashOfView(view);
}

/** One choice, and what changes it. */
export function useParam(name: string, usual = ''): readonly [string, (value: string) => void] {
  const { params } = useStore(place);
  const set = (value: string): void => choose({ [name]: value === usual ? '' : value });
  return [params[name] ?? usual, set];
}

/** A number within a range; what is no number is the usual one. */
export function useNumber(
  name: string,
  usual: number,
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
): readonly [number, (value: number) => void] {
  const [text, set] = useParam(name, String(usual));
  const value = text === '' ? Number.NaN : Number(text);
  const within = Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : usual;
  return [within, (next) => set(String(next))];
}
