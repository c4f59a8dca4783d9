/**
 * Exponentials, logarithms, trigonometric and hyperbolic functions.
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { expm1 } from './activation.js';
import { combine } from './elementwise.js';
import { type Lowering, type LoweringTable, ofFloats, toInt } from './lowering.js';

/** A function of one number that ONNX has under the same name. */
const direct = (op: string): Lowering => ofFloats((build, x) => build.op(op, [x], x));

/** Chooses the one form where |x| < limit, the other elsewhere. */
function whereSmall(build: Builder, x: Value, limit: number, small: Value, large: Value): Value {
  const isSmall = build.compare('Less', build.unary('Abs', x), build.scalar(limit));
  return build.where(isSmall, small, large);
}

/** log(1 + x), which would lose the digits of a small x: there 2 · artanh(x / (2 + x)). */
function log1p(build: Builder, x: Value): Value {
  const quotient = build.div(x, build.add(x, build.scalar(2)));
  const small = build.mul(build.op('Atanh', [quotient], x), build.scalar(2));
  return whereSmall(build, x, 0.5, small, build.unary('Log', build.add(x, build.scalar(1))));
}

/** Whether it is below zero, or −0. */
const isNegative = (build: Builder, x: Value): Value => {
  const zero = build.scalar(0);
  const isBelow = (value: Value): Value => build.compare('Less', value, zero);
  return combine(build, 'Or', isBelow(x), isBelow(build.unary('Reciprocal', x)));
};

/** The angle of the point (x, y), by its quadrant, to which both zeros belong by their signs. */
function atan2(build: Builder, y: Value, x: Value): Value {
  // A point that is infinitely far in both directions is on a diagonal.
  const isFar = combine(build, 'And', isInfinite(build, y), isInfinite(build, x));
  const [a, b] = [y, x].map((side) =>
    build.unary('Abs', build.where(isFar, build.unary('Sign', side), side)),
  ) as [Value, Value];
  const zero = build.scalar(0);
  const isZero = (value: Value): Value => build.compare('Equal', value, zero);
  const atOrigin = combine(build, 'And', isZero(a), isZero(b));
  const angle = build.op('Atan', [build.div(a, b)], build.div(a, b));
  const within = build.where(atOrigin, zero, angle);
  const back = build.sub(build.scalar(Math.PI), within);
  const turned = build.where(isNegative(build, x), back, within);
  return build.where(isNegative(build, y), build.unary('Neg', turned), turned);
}

const isInfinite = (build: Builder, x: Value): Value =>
  build.compare('Equal', build.unary('Abs', x), build.scalar(Number.POSITIVE_INFINITY));

export const math: LoweringTable = {
  Sin: direct('Sin'),
  Cos: direct('Cos'),
  Tan: direct('Tan'),
  Asin: direct('Asin'),
  Acos: direct('Acos'),
  Atan: direct('Atan'),
  Sinh: direct('Sinh'),
  Cosh: direct('Cosh'),
  Asinh: direct('Asinh'),
  Acosh: direct('Acosh'),
  Atanh: direct('Atanh'),
  Atan2: ({ inputs: { a, b }, build }) => {
    const [y, x] = [a!, b!].map((side) => build.cast(side, 'float32')) as [Value, Value];
    const angle = atan2(build, y, x);
    return a!.dtype === 'int32' ? toInt(build, angle) : angle;
  },
  // The one function that TensorFlow.js gives in floats for integers.
  Exp: ({ inputs: { x }, build }) => build.unary('Exp', build.cast(x!, 'float32')),
  Expm1: ofFloats(expm1),
  Log: ofFloats((build, x) => build.unary('Log', x)),
  Log1p: ofFloats(log1p),
  Erf: ofFloats((build, x) => build.unary('Erf', x)),
};
