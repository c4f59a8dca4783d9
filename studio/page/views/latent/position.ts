/** Where the explorer stands: kept out of the page's drawing, since it changes 60 times a second. */
import { Store } from '../../state/store.js';

/** In the plane: seeds to the right and down. Between four: 0 … 1. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

export const position = new Store<Position>({ x: 0, y: 0 });

/** `3.25,1`, as the address has it. */
export const textOf = ({ x, y }: Position): string =>
  [x, y].map((value) => Number(value.toFixed(3))).join();

export function positionOf(text: string): Position | undefined {
  const [x, y, ...more] = text
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return more.length === 0 && Number.isFinite(x) && Number.isFinite(y)
    ? { x: x!, y: y! }
    : undefined;
}
