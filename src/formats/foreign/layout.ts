/**
 * From shapes and values as a file has them to those of the weights here, and back.
 */
import { permuteAxes } from '../axes.js';
import type { TensorValues } from '../tensor-file.js';
import type { ForeignWeight } from './names.js';

type Form = ForeignWeight['form'];
export type Shape = readonly number[];
/** Shapes of a model's weights by name. */
export type Shapes = ReadonlyMap<string, Shape>;

/** Where the axes of a weight here are in a file that has the outputs first: [h, w, in, out]. */
const inwards = (rank: number): number[] =>
  rank < 2 ? [...Array(rank).keys()] : [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0];

/** Where the axes of a file that has the outputs first are here: [out, in, h, w]. */
const outwards = (rank: number): number[] =>
  rank < 2
    ? [...Array(rank).keys()]
    : [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)];

const reordered = (shape: Shape, order: readonly number[]): Shape =>
  order.map((axis) => shape[axis]!);

/** The shape here of what lies in a file as `shape`. */
export function shapeHere(form: Form, shape: Shape): Shape {
  if (form === 'broadcast') return shape.slice(2);
  return form === 'same' ? shape : reordered(shape, inwards(shape.length));
}

/** The shape in a file of what has `shape` here. */
export function shapeThere(form: Form, shape: Shape): Shape {
  if (form === 'broadcast') return [1, 1, ...shape];
  return form === 'same' ? shape : reordered(shape, outwards(shape.length));
}

/** @param shape in the file */
export function valuesHere<T extends TensorValues>(form: Form, values: T, shape: Shape): T {
  return form === 'outputs-first' && shape.length > 1
    ? permuteAxes(values, shape, inwards(shape.length))
    : values;
}

/** @param shape here */
export function valuesThere<T extends TensorValues>(form: Form, values: T, shape: Shape): T {
  return form === 'outputs-first' && shape.length > 1
    ? permuteAxes(values, shape, outwards(shape.length))
    : values;
}

/** The shape of tensors one after the other along their last axis. */
export function joinedShape(shapes: readonly Shape[]): Shape {
  const last = shapes.reduce((sum, shape) => sum + shape.at(-1)!, 0);
  return [...shapes[0]!.slice(0, -1), last];
}

/** A slice of a tensor along its last axis, of `joined` values in all, from `begin` to `end`. */
export function sliceOf<T extends TensorValues>(
  values: T,
  joined: number,
  begin: number,
  end: number,
): T {
  if (end - begin === joined) return values;
  const length = end - begin;
  const slice = new (values.constructor as new (length: number) => T)(
    (values.length / joined) * length,
  );
  for (let row = 0; row * joined < values.length; row++) {
    slice.set(values.subarray(row * joined + begin, row * joined + end), row * length);
  }
  return slice;
}

/** What `sliceOf` takes apart. `widths` are the slices' last axes. */
export function joinSlices(
  slices: readonly Float64Array[],
  widths: readonly number[],
): Float64Array {
  const joined = widths.reduce((sum, width) => sum + width, 0);
  const rows = slices[0]!.length / widths[0]!;
  const values = new Float64Array(rows * joined);
  let begin = 0;
  slices.forEach((slice, i) => {
    const width = widths[i]!;
    for (let row = 0; row < rows; row++) {
      values.set(slice.subarray(row * width, (row + 1) * width), row * joined + begin);
    }
    begin += width;
  });
  return values;
}
