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

/** The angle of (b, a), by the quadrant of the point; 0 at the origin. */
function atan2(build: Builder, y: Value, x: Value): Value {
  const zero = build.scalar(0);
  // A point that is infinitely far in both directions is on a diagonal.
  const isFar = combine(build, 'And', isInfinite(build, y), isInfinite(build, x));
  const [a, b] = [y, x].map((side) => build.where(isFar, build.unary('Sign', side), side)) as [
    Value,
    Value,
  ];
  // Adding zero makes −0 a +0, and a / 0 has the sign of a.
  const isZero = build.compare('Equal', b, zero);
  const quotient = build.div(a, build.where(isZero, build.splat(b.dtype, b.shape, 0), b));
  const angle = build.op('Atan', [quotient], quotient);
  const turn = build.where(
    build.compare('GreaterOrEqual', a, zero),
    build.scalar(Math.PI),
    build.scalar(-Math.PI),
  );
  const turned = build.where(build.compare('Less', b, zero), build.add(angle, turn), angle);
  const atOrigin = combine(build, 'And', isZero, build.compare('Equal', a, zero));
  return build.where(atOrigin, build.splat(a.dtype, quotient.shape, 0), turned);
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
