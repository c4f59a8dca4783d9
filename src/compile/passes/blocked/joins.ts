/** Images in blocks of channels, or parts of them, put together and taken apart: memory that is moved in whole blocks. */
import { type Node, numbersOf, type Value } from '../../graph/graph.js';
import type { Images } from './images.js';

/** Where the axis of batches, and that of channels, are in blocks; undefined of other axes. */
const axisInBlocks = (axis: number): number | undefined =>
  axis === 0 ? 0 : axis === 3 ? 1 : undefined;

/**
 * Images one after the other, or channels side by side, whole blocks of each.
 * @returns whether that is what the node has
 */
export function joined(images: Images, { inputs, outputs, attributes }: Node): boolean {
  const axis = axisInBlocks(attributes.axis as number);
  if (axis === undefined || !inputs.every((x) => images.isImage(x!))) return false;
  const parts = inputs.map((x) => images.blocks(x!));
  images.setBlocks(outputs[0]!, images.build.concat(parts, axis));
  return true;
}

/** The other way round: as `joined`. */
export function parted(images: Images, { inputs, outputs, attributes }: Node): boolean {
  const axis = axisInBlocks(attributes.axis as number);
  if (axis === undefined || !outputs.every((y) => images.isImage(y))) return false;
  const lengths = outputs.map(({ shape }) => shape[attributes.axis as number]!);
  const parts = images.build.split(images.blocks(inputs[0]!), axis, lengths);
  outputs.forEach((y, i) => {
    images.setBlocks(y, parts[i]!);
  });
  return true;
}

/** Some of the images, or of their channels, whole blocks: as `joined`. */
export function cut(images: Images, { inputs, outputs }: Node): boolean {
  const [x, ...where] = inputs as [Value, Value, Value, Value, Value];
  const [y] = outputs as [Value];
  if (!images.isImage(y)) return false;
  const [starts, , axes, steps] = where.map((list) => numbersOf(list)!);
  const blocks = images.blocks(x);
  const [from, to] = [blocks.shape.map(() => 0), [...blocks.shape]];
  for (const [i, axis] of axes!.entries()) {
    const at = axisInBlocks(axis);
    const start = starts![i]!;
    if (at === undefined || steps![i] !== 1 || (at === 1 && start % images.block !== 0))
      return false;
    [from[at], to[at]] = [start, start + y.shape[axis]!];
  }
  images.setBlocks(y, images.build.slice(blocks, from, to));
  return true;
}
