/** Moving, repeating, cutting and joining. */
import { at, axisOf, broadcastAt, fill, type KernelTable } from './kernel.js';

export const layout: KernelTable = {
  Reshape: ({ inputs: [x] }) => [x!.values],
  Expand: ({ inputs: [x], outputs }) => [
    fill(outputs[0]!.shape, (index) => broadcastAt(x!, index)),
  ],
  Transpose: ({ inputs: [x], outputs, attributes }) => {
    const perm = attributes.perm as readonly number[];
    const source = (index: readonly number[]) => perm.map((_, axis) => index[perm.indexOf(axis)]!);
    return [fill(outputs[0]!.shape, (index) => at(x!, source(index)))];
  },
  Tile: ({ inputs: [x], outputs }) => {
    const { shape } = x!;
    const source = (index: readonly number[]) => index.map((i, axis) => i % shape[axis]!);
    return [fill(outputs[0]!.shape, (index) => at(x!, source(index)))];
  },
  Concat: ({ inputs, outputs, attributes }) => {
    const axis = axisOf(attributes.axis, outputs[0]!.shape.length);
    return [
      fill(outputs[0]!.shape, (index) => {
        let along = index[axis]!;
        let part = 0;
        while (along >= inputs[part]!.shape[axis]!) along -= inputs[part++]!.shape[axis]!;
        return at(inputs[part]!, index.with(axis, along));
      }),
    ];
  },
  Split: ({ inputs: [x], outputs, attributes }) => {
    const axis = axisOf(attributes.axis, x!.shape.length);
    let start = 0;
    return outputs.map(({ shape }) => {
      const from = start;
      start += shape[axis]!;
      return fill(shape, (index) => at(x!, index.with(axis, from + index[axis]!)));
    });
  },
  Slice: ({ inputs: [x, starts, , axes, steps], outputs }) => {
    const source = (index: readonly number[]) => {
      const moved = [...index];
      axes!.values.forEach((axis, i) => {
        moved[axis] = starts!.values[i]! + index[axis]! * steps!.values[i]!;
      });
      return moved;
    };
    return [fill(outputs[0]!.shape, (index) => at(x!, source(index)))];
  },
  Pad: ({ inputs: [x, pads, value], outputs }) => {
    const { shape } = x!;
    return [
      fill(outputs[0]!.shape, (index) => {
        const source = index.map((i, axis) => i - pads!.values[axis]!);
        const inside = source.every((i, axis) => i >= 0 && i < shape[axis]!);
        return inside ? at(x!, source) : value!.values[0]!;
      }),
    ];
  },
};
