/** What is linear in a sum over the parts is done to its terms. */
import { scaleOf } from '../../graph/forms.js';
import type { Value } from '../../graph/graph.js';
import { sameShape } from '../../graph/shapes.js';
import type { PartRule, Parts } from './cut.js';

const terms = (parts: readonly Value[], addend?: Value): readonly Parts[] => [
  { kind: 'terms', parts, addend },
];

const mapTerms = ({ parts, addend }: Parts, f: (term: Value) => Value): readonly Parts[] =>
  terms(parts.map(f), addend && f(addend));

/** Of the first operand alone. */
const linear: PartRule = ({ build }, node, [first]) =>
  first && mapTerms(first, (term) => build.rebuild(node, [term, ...node.inputs.slice(1)])[0]!);

const multiple: PartRule = ({ build }, node, operands) => {
  const scaled = scaleOf(node.outputs[0]!);
  const sum = operands.find((operand) => operand !== undefined)!;
  return scaled && mapTerms(sum, (term) => build.scale(term, scaled.factor));
};

/** Sums of as many terms, one after the other; as gradients of all weights are for an optimiser. */
const concatenation: PartRule = ({ build }, node, operands) => {
  const sums = operands.filter((operand): operand is Parts => operand?.kind === 'terms');
  const [{ parts: places }] = sums as [Parts];
  if (sums.length < operands.length || sums.some(({ parts }) => parts.length !== places.length)) {
    return undefined;
  }
  const axis = node.attributes.axis as number;
  const joined = places.map((_, i) =>
    build.concat(
      sums.map(({ parts }) => parts[i]!),
      axis,
    ),
  );
  if (sums.every(({ addend }) => addend === undefined)) return terms(joined);
  const addends = sums.map(
    ({ addend, parts: [term] }) => addend ?? build.splat(term!.dtype, term!.shape, 0),
  );
  return terms(joined, build.concat(addends, axis));
};

/** Sums of sums; what is no sum is added once, when all terms are there. */
const sum: PartRule = ({ build }, node, operands) => {
  const { shape } = node.outputs[0]!;
  const sums: Parts[] = [];
  for (const [i, operand] of operands.entries()) {
    if (operand?.kind === 'rows' || !sameShape(node.inputs[i]!.shape, shape)) return undefined;
    sums.push(operand ?? { kind: 'terms', parts: [], addend: node.inputs[i]! });
  }
  const [a, b] = sums as [Parts, Parts];
  const combine = (x: Value | undefined, y: Value | undefined): Value | undefined => {
    if (y === undefined) return x;
    if (x === undefined) return node.op === 'Sub' ? build.unary('Neg', y) : y;
    return build.binary(node.op as 'Add' | 'Sub', x, y);
  };
  const length = Math.max(a.parts.length, b.parts.length);
  const parts = Array.from({ length }, (_, i) => combine(a.parts[i], b.parts[i])!);
  return terms(parts, combine(a.addend, b.addend));
};

/** Rules for nodes that have a sum among their operands, by operator; no other can be taken apart. */
export const termRules: Readonly<Record<string, PartRule>> = {
  Add: sum,
  Sub: sum,
  Mul: multiple,
  Neg: linear,
  Reshape: linear,
  Transpose: linear,
  ReduceSum: linear,
  Concat: concatenation,
};
