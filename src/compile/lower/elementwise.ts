/**
 * Arithmetic, comparisons and choices: kernels that treat every element alike.
 */
import type { Builder } from '../graph/builder.js';
import { splatOf, type Value } from '../graph/graph.js';
import type { BinaryOp, CompareOp, UnaryOp } from '../graph/ops.js';
import { broadcastShapes } from '../graph/shapes.js';
import {
  type Lowering,
  type LoweringTable,
  ofFloats,
  toInt,
  UnsupportedOption,
} from './lowering.js';

const unary =
  (op: UnaryOp): Lowering =>
  ({ inputs: { x }, build }) =>
    build.unary(op, x!);

/** Integers are round. */
const rounding =
  (op: 'Floor' | 'Ceil' | 'Round'): Lowering =>
  ({ inputs: { x }, build }) =>
    x!.dtype === 'float32' ? build.unary(op, x!) : x!;

const binary =
  (op: BinaryOp): Lowering =>
  ({ inputs: { a, b }, build }) => {
    if (a!.dtype === 'bool') throw new UnsupportedOption('bool operands');
    return build.binary(op, a!, b!);
  };

const compare =
  (op: CompareOp): Lowering =>
  ({ inputs: { a, b }, build }) => {
    // ONNX has no order of truth values.
    const number = (x: Value): Value =>
      x.dtype === 'bool' && op !== 'Equal' ? build.cast(x, 'int32') : x;
    return build.compare(op, number(a!), number(b!));
  };

/** The integer towards zero, as int32 can hold it. */
const saturate = (value: number): number =>
  Math.min(Math.max(Math.trunc(value), -(2 ** 31)), 2 ** 31 - 1);

type LogicalOp = 'And' | 'Or' | 'Xor';

/** Of truth values, broadcast. */
export const combine = (build: Builder, op: LogicalOp, a: Value, b: Value): Value =>
  build.op(op, [a, b], { dtype: 'bool', shape: broadcastShapes(a.shape, b.shape) });

const logical =
  (op: LogicalOp): Lowering =>
  ({ inputs: { a, b }, build }) =>
    combine(build, op, a!, b!);

/** What only floats can be. */
const floatTest =
  (op: 'IsNaN' | 'IsInf'): Lowering =>
  ({ inputs: { x }, build }) =>
    x!.dtype === 'float32'
      ? build.op(op, [x!], { dtype: 'bool', shape: x!.shape })
      : build.splat('bool', x!.shape, 0);

/** onnxruntime does not choose between truth values: (c ∧ t) ∨ (¬c ∧ e). */
function chooseTruth(build: Builder, condition: Value, t: Value, e: Value): Value {
  const otherwise = build.op('Not', [condition], condition);
  const [then, rest] = [combine(build, 'And', condition, t), combine(build, 'And', otherwise, e)];
  return combine(build, 'Or', then, rest);
}

export const elementwise: LoweringTable = {
  Neg: unary('Neg'),
  Abs: unary('Abs'),
  Sign: ({ inputs: { x }, build }) => {
    const sign = build.unary('Sign', x!);
    // Of NaN, which does not equal itself, TensorFlow.js says 0.
    return x!.dtype === 'float32'
      ? build.where(build.compare('Equal', x!, x!), sign, build.scalar(0))
      : sign;
  },
  Sqrt: ofFloats((build, x) => build.unary('Sqrt', x)),
  Reciprocal: ofFloats((build, x) => build.unary('Reciprocal', x)),
  Rsqrt: ofFloats((build, x) => build.unary('Reciprocal', build.unary('Sqrt', x))),
  Square: ({ inputs: { x }, build }) => build.mul(x!, x!),
  Floor: rounding('Floor'),
  Ceil: rounding('Ceil'),
  Round: rounding('Round'),

  ClipByValue: ({ inputs: { x }, attrs, build }) => {
    const bound = (value: unknown): Value =>
      build.splat(
        x!.dtype,
        [],
        x!.dtype === 'int32' ? saturate(value as number) : (value as number),
      );
    const above = build.binary('Max', x!, bound(attrs.clipValueMin));
    return build.binary('Min', above, bound(attrs.clipValueMax));
  },

  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: (call) => {
    const { inputs, build } = call;
    const [a, b] = [inputs.a!, inputs.b!];
    if (a.dtype !== 'int32' || splatOf(b) === 2) return binary('Pow')(call);
    // What is too large for int32 wraps.
    return build.cast(build.binary('Pow', build.cast(a, 'int64'), build.cast(b, 'int64')), 'int32');
  },
  SquaredDifference: ({ inputs: { a, b }, build }) => {
    const difference = build.sub(a!, b!);
    return build.mul(difference, difference);
  },
  AddN: ({ inputs, build }) => Object.values(inputs).reduce((sum, x) => build.add(sum, x)),

  Equal: compare('Equal'),
  NotEqual: ({ inputs: { a, b }, build }) => {
    const equal = build.compare('Equal', a!, b!);
    return build.op('Not', [equal], equal);
  },
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  IsNan: floatTest('IsNaN'),
  IsInf: floatTest('IsInf'),
  IsFinite: ({ inputs: { x }, build }) => {
    // A comparison with NaN is false.
    const infinity = build.scalar(Number.POSITIVE_INFINITY);
    return x!.dtype === 'float32'
      ? build.compare('Less', build.unary('Abs', x!), infinity)
      : build.splat('bool', x!.shape, 1);
  },
  BitwiseAnd: ({ inputs: { a, b }, build }) =>
    build.op('BitwiseAnd', [a!, b!], {
      dtype: 'int32',
      shape: broadcastShapes(a!.shape, b!.shape),
    }),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  LogicalXor: logical('Xor'),
  LogicalNot: ({ inputs: { x }, build }) => build.op('Not', [x!], x!),
  Select: ({ inputs: { condition, t, e }, build }) => {
    // A condition of rank 1 chooses whole rows.
    const missing = t!.shape.length - condition!.shape.length;
    const rows = build.reshape(condition!, [
      ...condition!.shape,
      ...new Array<number>(missing).fill(1),
    ]);
    const dtypes = [t!.dtype, e!.dtype];
    // Of two types the one that holds both.
    const dtype = (['float32', 'int32'] as const).find((one) => dtypes.includes(one)) ?? 'bool';
    const [then, otherwise] = [build.cast(t!, dtype), build.cast(e!, dtype)];
    return dtype === 'bool'
      ? chooseTruth(build, rows, then, otherwise)
      : build.where(rows, then, otherwise);
  },
  Cast: ({ inputs: { x }, attrs, build }) =>
    attrs.dtype === 'int32' ? toInt(build, x!) : build.cast(x!, attrs.dtype as 'float32' | 'bool'),
};
