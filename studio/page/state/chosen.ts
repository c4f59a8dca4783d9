/**
 * Which runs are compared. Each has a slot, which decides its colour: where one is taken out its slot
 * stays empty, so that the others keep theirs.
 */
import { type Chosen, chosenOf, toggled } from './slots.js';
import { choose, place, useParam } from './url.js';

export { type Chosen, mostChosen } from './slots.js';

export function useChosen(): readonly Chosen[] {
  return chosenOf(useParam('runs')[0]);
}

export const toggle = (key: string): void =>
  choose({ runs: toggled(place.value.params.runs ?? '', key) });

export const chooseOnly = (keys: readonly string[]): void => choose({ runs: keys.join(',') });
