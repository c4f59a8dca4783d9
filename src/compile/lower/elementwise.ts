/**
 * Arithmetic, activations, comparisons and choices: kernels that treat every element alike.
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { BinaryOp, CompareOp, UnaryOp } from '../graph/ops.js';
import { broadcastShapes } from '../graph/shapes.js';
import { type Lowering, type LoweringTable, UnsupportedOption } from './lowering.js';

const unary =
  (op: UnaryOp): Lowering =>
  ({ inputs: { x }, build }) =>
    build.unary(op, x!);

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

/** x where x > 0, e^x − 1 elsewhere */
export const elu = (build: Builder, x: Value): Value =>
  build.op('Elu', [x], x, { alpha: { float: 1 } });

/** min(max(x, 0), 6) */
export const relu6 = (build: Builder, x: Value): Value =>
  build.binary('Min', build.unary('Relu', x), build.splat(x.dtype, [], 6));

/** max(x, 0) + slope · min(x, 0) */
export function leakyRelu(build: Builder, x: Value, slope: Value): Value {
  const zero = build.splat(x.dtype, [], 0);
  const negative = build.mul(build.binary('Min', x, zero), slope);
  return build.add(build.unary('Relu', x), negative);
}

/** 1 where x > 0, `otherwise` elsewhere. */
function step(build: Builder, x: Value, otherwise: number): Value {
  const positive = build.cast(build.compare('Greater', x, build.splat(x.dtype, [], 0)), x.dtype);
  if (otherwise === 0) return positive;
  const rest = build.mul(positive, build.splat(x.dtype, [], 1 - otherwise));
  return build.add(rest, build.splat(x.dtype, [], otherwise));
}

/** onnxruntime does not choose between truth values: (c ∧ t) ∨ (¬c ∧ e). */
function chooseTruth(build: Builder, condition: Value, t: Value, e: Value): Value {
  const otherwise = build.op('Not', [condition], condition);
  const [then, rest] = [combine(build, 'And', condition, t), combine(build, 'And', otherwise, e)];
  return combine(build, 'Or', then, rest);
}

export const elementwise: LoweringTable = {
  Neg: unary('Neg'),
  Abs: unary('Abs'),
  Sign: unary('Sign'),
  Sqrt: unary('Sqrt'),
  Reciprocal: unary('Reciprocal'),
  Rsqrt: ({ inputs: { x }, build }) => build.unary('Reciprocal', build.unary('Sqrt', x!)),
  Square: ({ inputs: { x }, build }) => build.mul(x!, x!),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Round: unary('Round'),

  Tanh: unary('Tanh'),
  Sigmoid: unary('Sigmoid'),
  Softplus: unary('Softplus'),
  Relu: unary('Relu'),
  Relu6: ({ inputs: { x }, build }) => relu6(build, x!),
  LeakyRelu: ({ inputs: { x }, attrs, build }) =>
    leakyRelu(build, x!, build.splat(x!.dtype, [], attrs.alpha as number)),
  Prelu: ({ inputs: { x, alpha }, build }) => leakyRelu(build, x!, alpha!),
  Elu: ({ inputs: { x }, build }) => elu(build, x!),
  EluGrad: ({ inputs: { dy, y }, build }) =>
    build.mul(dy!, build.add(build.binary('Min', y!, build.scalar(0)), build.scalar(1))),
  Selu: ({ inputs: { x }, build }) => build.op('Selu', [x!], x!),
  Step: ({ inputs: { x }, attrs, build }) => step(build, x!, attrs.alpha as number),
  ClipByValue: ({ inputs: { x }, attrs, build }) => {
    const bound = (value: unknown): Value => build.splat(x!.dtype, [], value as number);
    const above = build.binary('Max', x!, bound(attrs.clipValueMin));
    return build.binary('Min', above, bound(attrs.clipValueMax));
  },

  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
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
    return t!.dtype === 'bool' ? chooseTruth(build, rows, t!, e!) : build.where(rows, t!, e!);
  },
  Cast: ({ inputs: { x }, attrs, build }) =>
    build.cast(x!, attrs.dtype as 'float32' | 'int32' | 'bool'),
};
