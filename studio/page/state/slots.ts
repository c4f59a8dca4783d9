/** Runs in slots, as the address has them: `a,,c`. */

/** At most so many; more curves could not be told apart. */
export const mostChosen = 16;

export interface Chosen {
  readonly key: string;
  readonly slot: number;
}

export function chosenOf(text: string): Chosen[] {
  if (text === '') return [];
  const seen = new Set<string>();
  return text.split(',').flatMap((key, slot) => {
    if (key === '' || seen.has(key)) return [];
    seen.add(key);
    return slot < mostChosen ? [{ key, slot }] : [];
  });
}

/** The text with a run taken in, or out. */
export function toggled(text: string, key: string): string {
  const slots = text === '' ? [] : text.split(',');
  const at = slots.indexOf(key);
  if (at >= 0) slots[at] = '';
  else {
    const free = slots.indexOf('');
    if (free >= 0) slots[free] = key;
    else if (slots.length < mostChosen) slots.push(key);
  }
  return slots.join(',').replace(/,+$/, '');
}
