/** How what joins and cuts batches, along the first axis, is taken apart. */
import { numbersOf, splatOf } from '../../graph/graph.js';
import type { Rows } from './cut.js';
import { alongOthers, type RowRule, rows, total } from './rows.js';

const joinAlongOthers = alongOthers((_, __, operands) =>
  operands.every((operand) => operand !== undefined),
);

export const concatenation: RowRule = (cutter, node, operands) => {
  if (node.attributes.axis !== 0) return joinAlongOthers(cutter, node, operands);
  const pieces: Rows[] = [];
  for (const [i, operand] of operands.entries()) {
    const input = node.inputs[i]!;
    const length = input.shape[0]! / cutter.count;
    if (operand === undefined && !Number.isInteger(length)) return undefined;
    pieces.push(operand ?? cutter.cut(input, [length]));
  }
  const joined = cutter.build.concat(
    pieces.map(({ value }) => value),
    0,
  );
  return rows(
    joined,
    pieces.flatMap(({ lengths }) => lengths),
  );
};

/** Along axis 0, where the pieces end where concatenated batches end. */
export const splitting: RowRule = ({ build, count }, node, operands) => {
  const [x] = operands as [Rows];
  const wanted = numbersOf(node.inputs[1]!)!;
  const axis = node.attributes.axis as number;
  if (axis !== 0) {
    return build.split(x.value, axis, wanted).flatMap((piece) => rows(piece, x.lengths));
  }
  const queue = [...x.lengths];
  const lists: number[][] = [];
  for (const length of wanted) {
    const list: number[] = [];
    while (count * total(list) < length && queue.length > 0) list.push(queue.shift()!);
    if (count * total(list) !== length) return undefined;
    lists.push(list);
  }
  return build.split(x.value, 0, lists.map(total)).flatMap((piece, i) => rows(piece, lists[i]!));
};

const alongOthersAlone = alongOthers(() => true);

/** Along axis 0, from where one batch begins that was concatenated to where one ends. */
export const slicing: RowRule = (cutter, node, operands) => {
  const [x] = operands as [Rows];
  const [starts, ends, axes, steps] = node.inputs.slice(1).map((input) => numbersOf(input!)!);
  const at = axes!.indexOf(0);
  if (at < 0) return alongOthersAlone(cutter, node, operands);
  const { build, count } = cutter;
  const { lengths } = x;
  const before = (place: number): number => count * total(lengths.slice(0, place));
  const places = [...lengths.keys(), lengths.length];
  const first = places.find((place) => before(place) === starts![at]);
  const last = places.find((place) => before(place) === ends![at]);
  if (first === undefined || last === undefined || steps?.[at] !== 1) return undefined;
  const { shape } = x.value;
  const along = (given: readonly number[], other: readonly number[]): number[] =>
    other.map((number, axis) => given[axes!.indexOf(axis)] ?? number);
  const piece = build.slice(
    x.value,
    along(
      starts!,
      shape.map(() => 0),
    ).with(0, before(first) / count),
    along(ends!, shape).with(0, before(last) / count),
    along(
      steps!,
      shape.map(() => 1),
    ),
  );
  return rows(piece, lengths.slice(first, last));
};

/** Along axis 0, as by another batch, of which every part has some. */
export const padding: RowRule = (cutter, node, operands) => {
  const [x] = operands as [Rows];
  const pads = numbersOf(node.inputs[1]!)!;
  const { length } = x.value.shape;
  if (pads[0] === 0 && pads[length] === 0) return alongOthersAlone(cutter, node, operands);
  const value = splatOf(node.inputs[2]!);
  const before = pads[0]! / cutter.count;
  const after = pads[length]! / cutter.count;
  if (value === undefined || ![before, after].every(Number.isInteger)) return undefined;
  const padded = cutter.build.pad(
    x.value,
    pads.slice(0, length).with(0, before),
    pads.slice(length).with(0, after),
    value,
  );
  const lengths = [before, ...x.lengths, after].filter((rows) => rows > 0);
  return rows(padded, lengths);
};
