/** Arithmetic of shapes. It is asked for with every node: plain loops take a third of the time. */

export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis]!;
  return size;
}

/** Whether all that a shape has is one row: [C], [1, C], [1, 1, C], … */
export const isRow = (shape: Shape): boolean => sizeOf(shape) === shape.at(-1);

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** The shape behind axes of length 1 that bring it to a rank. */
export const withLeadingOnes = (shape: Shape, rank: number): number[] => [
  ...new Array<number>(rank - shape.length).fill(1),
  ...shape,
];

/**
 * The shape that two shapes broadcast to.
 * @throws Error when they do not
 */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`[${a}] and [${b}] do not broadcast`);
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

/** What a reduction along `axes` leaves of a shape. */
export const reducedShape = (shape: Shape, axes: readonly number[], keepDims: boolean): number[] =>
  shape.flatMap((length, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [length]));

/**
 * The shape of a · b over the last two axes, each transposed at will.
 * @throws Error when the inner lengths differ, or the leading axes do not broadcast
 */
export function productShape(a: Shape, b: Shape, transA: boolean, transB: boolean): number[] {
  const [m, k] = lastTwo(a, transA);
  const [k2, n] = lastTwo(b, transB);
  if (k !== k2) throw new Error(`[${a}] × [${b}]: inner lengths differ`);
  return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), m, n];
}

const lastTwo = (shape: Shape, swapped: boolean): [number, number] => {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return swapped ? [columns, rows] : [rows, columns];
};

/** Whether a list only grows. */
export const isAscending = (list: readonly number[]): boolean =>
  list.every((item, i) => i === 0 || list[i - 1]! < item);
