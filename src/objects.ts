/**
 * One new object with the keys of several, later ones first, as `{ ...a, ...b }` is.
 *
 * For what is made at every step. V8 makes an object that begins with a spread in a way that lets it,
 * and what it holds, outlive the quick collections of young objects (seen in Node 20): the heap
 * grows step by step until the rare collection of all of it.
 */
export const merged = <T extends readonly object[]>(...parts: T): Merged<T> =>
  Object.assign({}, ...parts) as Merged<T>;

type Merged<T extends readonly object[]> = T extends readonly [
  infer First extends object,
  ...infer Rest extends readonly object[],
]
  ? First & Merged<Rest>
  : unknown;
