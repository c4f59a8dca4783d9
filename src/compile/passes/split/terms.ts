/** What is linear in a sum over the parts is done to its terms. */
import { scaleOf } from '../../graph/forms.js';
import type { Value } from '../../graph/graph.js';
import { sameShape } from '../../graph/shapes.js';
import type { PartRule, Parts, Term } from './cut.js';

const term = (value: Value, addend?: Value): readonly Parts[] => [{ kind: 'term', value, addend }];

const mapTerm = ({ value, addend }: Term, f: (term: Value) => Value): readonly Parts[] =>
  term(f(value), addend && f(addend));

const isTerm = (operand: Parts | undefined): operand is Term => operand?.kind === 'term';

/** Of the first operand alone. */
const linear: PartRule = ({ build }, node, [first]) =>
  isTerm(first)
    ? mapTerm(first, (value) => build.rebuild(node, [value, ...node.inputs.slice(1)])[0]!)
    : undefined;

const multiple: PartRule = ({ build }, node, operands) => {
  const scaled = scaleOf(node.outputs[0]!);
  const sum = operands.find(isTerm);
  return scaled && sum && mapTerm(sum, (value) => build.scale(value, scaled.factor));
};

/** Sums one after the other, as gradients of all weights are for an optimiser. */
const concatenation: PartRule = ({ build }, node, operands) => {
  const sums = operands.filter(isTerm);
  if (sums.length < operands.length) return undefined;
  const axis = node.attributes.axis as number;
  const joined = build.concat(
    sums.map(({ value }) => value),
    axis,
  );
  if (sums.every(({ addend }) => addend === undefined)) return term(joined);
  const addends = sums.map(
    ({ addend, value: { dtype, shape } }) => addend ?? build.splat(dtype, shape, 0),
  );
  return term(joined, build.concat(addends, axis));
};

/** Sums of sums; what is no sum is added once, when all terms are there. */
const sum: PartRule = ({ build }, node, operands) => {
  const { shape } = node.outputs[0]!;
  const sums: Partial<Term>[] = [];
  for (const [i, operand] of operands.entries()) {
    if (operand?.kind === 'rows' || !sameShape(node.inputs[i]!.shape, shape)) return undefined;
    sums.push(operand ?? { addend: node.inputs[i]! });
  }
  const [a, b] = sums as [Partial<Term>, Partial<Term>];
  const combine = (x: Value | undefined, y: Value | undefined): Value | undefined => {
    if (y === undefined) return x;
    if (x === undefined) return node.op === 'Sub' ? build.unary('Neg', y) : y;
    return build.binary(node.op as 'Add' | 'Sub', x, y);
  };
  return term(combine(a.value, b.value)!, combine(a.addend, b.addend));
};

/** Rules for nodes that have a sum among their operands, by operator; no other can be taken apart. */
export const termRules: Readonly<Record<string, PartRule>> = {
  Add: sum,
  Sub: sum,
  Mul: multiple,
  Neg: linear,
  Reshape: linear,
  Transpose: linear,
  Slice: linear,
  ReduceSum: linear,
  Concat: concatenation,
};
