/** Elements by index. */
import { at, axisOf, fill, indicesOf, type KernelTable, type Operand, placeOf } from './kernel.js';

/** The index that the last axis of `indices` has at a place. */
const indexAt = (indices: Operand, place: readonly number[]): number[] =>
  Array.from({ length: indices.shape.at(-1)! }, (_, i) => at(indices, [...place, i]));

export const gather: KernelTable = {
  Gather: ({ inputs: [x, indices], outputs, attributes }) => {
    const axis = axisOf(attributes.axis, x!.shape.length);
    const depth = indices!.shape.length;
    return [
      fill(outputs[0]!.shape, (index) => {
        const chosen = at(indices!, index.slice(axis, axis + depth));
        const along = chosen < 0 ? chosen + x!.shape[axis]! : chosen;
        return at(x!, index.toSpliced(axis, depth, along));
      }),
    ];
  },
  GatherND: ({ inputs: [x, indices], outputs }) => {
    const depth = indices!.shape.length - 1;
    return [
      fill(outputs[0]!.shape, (index) =>
        at(x!, [...indexAt(indices!, index.slice(0, depth)), ...index.slice(depth)]),
      ),
    ];
  },
  ScatterND: ({ inputs: [x, indices, updates], attributes }) => {
    const result = Float64Array.from(x!.values);
    const places = indices!.shape.slice(0, -1);
    for (const index of indicesOf(updates!.shape)) {
      const target = [
        ...indexAt(indices!, index.slice(0, places.length)),
        ...index.slice(places.length),
      ];
      const place = placeOf(target, x!.shape);
      const [before, update] = [result[place]!, at(updates!, index)];
      const results: Record<string, number> = {
        add: before + update,
        max: Math.max(before, update),
      };
      result[place] = results[String(attributes.reduction)] ?? update;
    }
    return [result];
  },
};
