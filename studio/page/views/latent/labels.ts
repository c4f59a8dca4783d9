/** Labels of generators that are told attributes. */
import type { Generator } from './generator.js';

/** `2,0,1`: the number of each attribute's value; the first where it is no such number. */
export const toldValues = (attributes: Generator['attributes'], told: string): number[] => {
  const numbers = told.split(',').map(Number);
  return attributes.map(({ values }, i) => {
    const at = numbers[i] ?? 0;
    return values[at] === undefined ? 0 : at;
  });
};

/** A 1 for the value of each attribute, all of them one after the other. */
export const toldLabel = (attributes: Generator['attributes'], told: string): Float32Array => {
  const chosen = toldValues(attributes, told);
  return Float32Array.from(
    attributes.flatMap(({ values }, i) => values.map((_, k) => Number(k === chosen[i]))),
  );
};
