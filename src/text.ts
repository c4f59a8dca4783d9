/**
 * Numbers as people read them.
 */

/** A share, 0 … 1, as `98.00%`. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;

/** `28,000` */
export const grouped = (value: number): string => value.toLocaleString('en-US');
