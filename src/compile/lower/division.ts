/**
 * Quotients and remainders. onnxruntime refuses to divide integers by zero; TensorFlow.js says 0.
 */
import type { Builder } from '../graph/builder.js';
import { numbersOf, type Value } from '../graph/graph.js';
import type { LoweringTable } from './lowering.js';

/** The divisor with 1 in place of every 0, and where those are, if there can be any. */
function withoutZeros(build: Builder, b: Value): { divisor: Value; isZero?: Value } {
  if (numbersOf(b)?.every((number) => number !== 0)) return { divisor: b };
  const isZero = build.compare('Equal', b, build.splat('int32', [], 0));
  return { divisor: build.where(isZero, build.splat('int32', b.shape, 1), b), isZero };
}

/** a − b · ⌊a / b⌋ of integers. */
const integerMod = (build: Builder, a: Value, divisor: Value): Value =>
  build.op('Mod', [a, divisor], build.sub(a, divisor), { fmod: 0 });

/** ⌊a / b⌋ of integers; ONNX itself truncates. */
function integerFloorDiv(build: Builder, a: Value, b: Value): Value {
  const { divisor, isZero } = withoutZeros(build, b);
  const multiple = build.sub(a, integerMod(build, a, divisor));
  const quotient = build.op('Div', [multiple, divisor], multiple);
  return isZero === undefined
    ? quotient
    : build.where(isZero, build.splat('int32', [], 0), quotient);
}

/** a − b · ⌊a / b⌋: the remainder with the sign of b. */
function floatMod(build: Builder, a: Value, b: Value): Value {
  // This remainder has the sign of a.
  const remainder = build.op('Mod', [a, b], build.sub(a, b), { fmod: 1 });
  const differ = build.compare('Less', build.mul(remainder, b), build.scalar(0));
  return build.where(differ, build.add(remainder, b), remainder);
}

export const division: LoweringTable = {
  // Integers come as FloorDiv.
  RealDiv: ({ inputs: { a, b }, build }) => build.div(a!, b!),
  FloorDiv: ({ inputs: { a, b }, build }) =>
    a!.dtype === 'int32'
      ? integerFloorDiv(build, a!, b!)
      : build.cast(build.unary('Floor', build.div(a!, b!)), 'int32'),
  Mod: ({ inputs: { a, b }, build }) =>
    a!.dtype === 'int32'
      ? integerMod(build, a!, withoutZeros(build, b!).divisor)
      : floatMod(build, a!, b!),
};
