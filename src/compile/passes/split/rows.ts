/** What rules for operands in rows have in common. */
import type { Node, Value } from '../../graph/graph.js';
import type { PartRule, Parts, Rows } from './cut.js';

export type RowRule = PartRule<Rows>;

export const rows = (value: Value, lengths: readonly number[]): readonly Parts[] => [
  { kind: 'rows', value, lengths },
];
export const alike = (a: Rows, b: Rows): boolean => a.lengths.join() === b.lengths.join();

export const total = (lengths: readonly number[]): number =>
  lengths.reduce((sum, length) => sum + length, 0);

/** The node as if its outputs had so many rows. */
export function withRows(node: Node, rows: number): Node {
  const outputs = node.outputs.map((output) => ({
    ...output,
    shape: [rows, ...output.shape.slice(1)],
  }));
  return { ...node, outputs };
}

/**
 * Operations that leave the first axis alone.
 * @param leavesRows whether the node does
 * @param rebuild whether its wanted shape, an input, must become that of the part
 */
export const alongOthers =
  (
    leavesRows: (node: Node, x: Value, operands: readonly (Rows | undefined)[]) => boolean,
    rebuild = false,
  ): RowRule =>
  ({ build }, node, operands) => {
    const lists = operands.filter((operand) => operand !== undefined);
    const [first] = lists as [Rows];
    if (!lists.every((operand) => alike(operand, first))) return undefined;
    if (!leavesRows(node, node.inputs[0]!, operands)) return undefined;
    const whole = node.inputs[operands.indexOf(first)]!.shape[0]!;
    const lengths = first.lengths.map((length) => (node.outputs[0]!.shape[0]! * length) / whole);
    if (!lengths.every(Number.isInteger)) return undefined;
    const inputs = node.inputs.map((input, i) => operands[i]?.value ?? input);
    const part = withRows(node, total(lengths));
    const outputs = rebuild
      ? build.rebuild(part, inputs)
      : build.node(node.op, inputs, part.outputs, node.attributes, node.domain);
    return outputs.flatMap((output) => rows(output, lengths));
  };
