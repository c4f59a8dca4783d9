/** Signs, neutral elements, powers and types. */
import { argumentOf } from '../forms.js';
import { splatOf } from '../graph.js';
import type { BinaryOp } from '../ops.js';
import { type Build, type Equality, type Rule, type Rules, rule, type Terms } from './rule.js';

type Binary = Terms['binary'];

/** Of one operator. */
const of = (
  op: BinaryOp,
  law: string,
  equal: Equality,
  apply: Rule<Binary>['apply'],
): Rule<Binary> =>
  rule(law, equal, (build, term) => (term.op === op ? apply(build, term) : undefined));

/** xᵏ of the constant exponent k. */
const power = (
  exponent: number,
  law: string,
  equal: Equality,
  raise: (build: Build, x: Binary['a']) => Binary['a'],
): Rule<Binary> =>
  of('Pow', law, equal, (build, { a, b, shape }) =>
    splatOf(b) === exponent ? build.expand(raise(build, a), shape) : undefined,
  );

export const arithmetic = {
  unary: [
    rule('−(−x) = x', 'to the bit', (_, { op, x }) =>
      op === 'Neg' ? argumentOf(x, 'Neg') : undefined,
    ),
  ],
  binary: [
    of('Add', '0 + x = x', 'but for the sign of zero', (build, { a, b, shape }) => {
      if (splatOf(a) === 0) return build.expand(b, shape);
      return splatOf(b) === 0 ? build.expand(a, shape) : undefined;
    }),
    of('Add', 'a + (−b) = a − b', 'to the bit', (build, { a, b }) => {
      const [x, y] = [argumentOf(a, 'Neg'), argumentOf(b, 'Neg')];
      if (y !== undefined) return build.sub(a, y);
      return x && build.sub(b, x);
    }),
    of('Sub', 'x − 0 = x', 'but for the sign of zero', (build, { a, b, shape }) =>
      splatOf(b) === 0 ? build.expand(a, shape) : undefined,
    ),
    of('Sub', '0 − x = −x', 'but for the sign of zero', (build, { a, b, shape }) =>
      splatOf(a) === 0 ? build.expand(build.unary('Neg', b), shape) : undefined,
    ),
    of('Sub', 'a − (−b) = a + b', 'to the bit', (build, { a, b }) => {
      const y = argumentOf(b, 'Neg');
      return y && build.add(a, y);
    }),
    of('Mul', '(−a) · (−b) = a · b', 'to the bit', (build, { a, b }) => {
      const [x, y] = [argumentOf(a, 'Neg'), argumentOf(b, 'Neg')];
      return x && y && build.mul(x, y);
    }),
    power(1, 'x¹ = x', 'to the bit', (_, x) => x),
    power(2, 'x² = x · x', 'but for rounding', (build, x) => build.mul(x, x)),
    power(3, 'x³ = x · x · x', 'but for rounding', (build, x) => build.mul(build.mul(x, x), x)),
  ],
  cast: [
    // Every byte is an integer.
    rule('cast(cast(x)) = cast(x) of bytes', 'to the bit', (build, { x, dtype }) => {
      const source = x.dtype === 'bool' ? undefined : argumentOf(x, 'Cast');
      return source?.dtype === 'uint8' ? build.cast(source, dtype) : undefined;
    }),
  ],
} satisfies Partial<Rules>;
