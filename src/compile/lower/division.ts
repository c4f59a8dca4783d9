/**
 * Quotients and remainders. Of integers, TensorFlow.js says 0 for a divisor of 0, and lets the smallest
 * divided by −1 wrap; onnxruntime refuses the one, and the other ends the process.
 */
import type { Builder } from '../graph/builder.js';
import { numbersOf, type Value } from '../graph/graph.js';
import { broadcastShapes } from '../graph/shapes.js';
import { combine } from './elementwise.js';
import { type LoweringTable, toInt } from './lowering.js';

const whole = (build: Builder, value: number): Value => build.splat('int32', [], value);

/** The divisor with 1 in place of every 0 and −1: all these leave no remainder. */
function harmless(build: Builder, b: Value): Value {
  if (isHarmless(b)) return b;
  const harmful = [0, -1].map((value) => build.compare('Equal', b, whole(build, value)));
  const either = combine(build, 'Or', harmful[0]!, harmful[1]!);
  return build.where(either, build.splat('int32', b.shape, 1), b);
}

const isHarmless = (b: Value): boolean =>
  numbersOf(b)?.every((number) => number !== 0 && number !== -1) ?? false;

/** a − b · ⌊a / b⌋ of integers. */
function integerMod(build: Builder, a: Value, b: Value): Value {
  const divisor = harmless(build, b);
  return build.op('Mod', [a, divisor], build.sub(a, divisor), { fmod: 0 });
}

/** ⌊a / b⌋ of integers; ONNX itself truncates: one too many where the quotient is a negative fraction. */
function integerFloorDiv(build: Builder, a: Value, b: Value): Value {
  const divisor = harmless(build, b);
  const truncated = build.op('Div', [a, divisor], build.sub(a, divisor));
  const zero = whole(build, 0);
  const isWhole = build.compare('Equal', integerMod(build, a, b), zero);
  const isNegative = combine(
    build,
    'Xor',
    build.compare('Less', a, zero),
    build.compare('Less', divisor, zero),
  );
  const isRoundedUp = combine(build, 'And', isNegative, build.op('Not', [isWhole], isWhole));
  const quotient = build.sub(truncated, build.cast(isRoundedUp, 'int32'));
  if (isHarmless(b)) return quotient;
  const negated = build.where(
    build.compare('Equal', b, whole(build, -1)),
    build.unary('Neg', a),
    quotient,
  );
  return build.where(build.compare('Equal', b, zero), zero, negated);
}

const double = (build: Builder, x: Value): Value => build.cast(x, 'float64');

/**
 * a − b · ⌊a / b⌋: the remainder with the sign of b. In float64, as TensorFlow.js computes it: what is
 * added to b would be lost in float32.
 */
function floatMod(build: Builder, a: Value, b: Value): Value {
  const divisor = double(build, b);
  const modulo = (x: Value): Value =>
    build.op(
      'Mod',
      [x, divisor],
      { dtype: 'float64', shape: broadcastShapes(x.shape, b.shape) },
      { fmod: 1 },
    );
  const zero = build.splat('float32', [], 0);
  const remainder = modulo(double(build, a));
  // The signs of what is divided: TensorFlow.js has no number for a remainder of 0 by −∞.
  const isNegative = (x: Value): Value => build.compare('Less', x, zero);
  const differ = combine(build, 'Xor', isNegative(a), isNegative(b));
  return build.cast(
    build.where(differ, modulo(build.add(remainder, divisor)), remainder),
    'float32',
  );
}

/** ⌊a / b⌋ as an integer, of the quotient in float64: one of float32 may be rounded up to the next. */
const floatFloorDiv = (build: Builder, a: Value, b: Value): Value =>
  toInt(build, build.unary('Floor', build.div(double(build, a), double(build, b))));

export const division: LoweringTable = {
  // Integers come as FloorDiv.
  RealDiv: ({ inputs: { a, b }, build }) => build.div(a!, b!),
  FloorDiv: ({ inputs: { a, b }, build }) =>
    a!.dtype === 'int32' ? integerFloorDiv(build, a!, b!) : floatFloorDiv(build, a!, b!),
  Mod: ({ inputs: { a, b }, build }) =>
    a!.dtype === 'int32' ? integerMod(build, a!, b!) : floatMod(build, a!, b!),
};
