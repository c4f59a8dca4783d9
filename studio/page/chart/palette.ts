/**
 * Colours that those who see few colours tell apart, after Okabe and Ito
 * (https://jfly.uni-koeln.de/color/), darker or lighter where 3 : 1 against the page needs it.
 */
const light = [
  '#0072b2',
  '#b85000',
  '#00795a',
  '#a8487f',
  '#8a6d00',
  '#3d7ea6',
  '#222222',
  '#7a3fb0',
];
const dark = [
  '#56b4e9',
  '#f0883e',
  '#2cc295',
  '#e08cbf',
  '#e6c229',
  '#8fc7f0',
  '#eeeeee',
  '#c197f0',
];

/** A curve's dashes, in pixels: of the metrics in one chart, each has its own. */
export const dashes: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

export const colorOf = (slot: number, isDark: boolean): string => {
  const colors = isDark ? dark : light;
  return colors[slot % colors.length]!;
};
