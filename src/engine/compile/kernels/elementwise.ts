/**
 * Kernels that treat every element alike.
 */
import type { BinaryOp, Builder, CompareOp, UnaryOp } from '../builder.js';
import { broadcastShapes } from '../builder.js';
import type { Value } from '../graph.js';
import type { Lowering, LoweringTable } from './lowering.js';

const unary =
  (op: UnaryOp): Lowering =>
  ({ inputs: { x }, build }) =>
    build.unary(op, x!);

const binary =
  (op: BinaryOp): Lowering =>
  ({ inputs: { a, b }, build }) =>
    build.binary(op, a!, b!);

const compare =
  (op: CompareOp): Lowering =>
  ({ inputs: { a, b }, build }) =>
    build.compare(op, a!, b!);

const logical =
  (op: 'And' | 'Or' | 'Xor'): Lowering =>
  ({ inputs: { a, b }, build }) =>
    build.op(op, [a!, b!], { dtype: 'bool', shape: broadcastShapes(a!.shape, b!.shape) });

/** Lowers `f(x)` where f is written with the builder. */
const composed =
  (f: (build: Builder, x: Value, constant: (value: number) => Value) => Value): Lowering =>
  ({ inputs: { x }, build }) =>
    f(build, x!, (value) => build.splat(x!.dtype, [], value));

/** max(x, 0) + slope · min(x, 0) */
export function leakyRelu(build: Builder, x: Value, slope: Value): Value {
  const zero = build.splat(x.dtype, [], 0);
  const negative = build.mul(build.binary('Min', x, zero), slope);
  return build.add(build.unary('Relu', x), negative);
}

/** 1 where x > 0, `otherwise` elsewhere, NaN kept out of either. */
function step(build: Builder, x: Value, otherwise: number): Value {
  const positive = build.cast(build.compare('Greater', x, build.splat(x.dtype, [], 0)), x.dtype);
  if (otherwise === 0) return positive;
  const rest = build.mul(positive, build.splat(x.dtype, [], 1 - otherwise));
  return build.add(rest, build.splat(x.dtype, [], otherwise));
}

export const elementwise: LoweringTable = {
  Neg: unary('Neg'),
  Abs: unary('Abs'),
  Sign: unary('Sign'),
  Sqrt: unary('Sqrt'),
  Exp: unary('Exp'),
  Log: unary('Log'),
  Tanh: unary('Tanh'),
  Sigmoid: unary('Sigmoid'),
  Softplus: unary('Softplus'),
  Relu: unary('Relu'),
  Erf: unary('Erf'),
  Sin: unary('Sin'),
  Cos: unary('Cos'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Round: unary('Round'),
  Reciprocal: unary('Reciprocal'),
  Rsqrt: composed((build, x) => build.unary('Reciprocal', build.unary('Sqrt', x))),
  Square: composed((build, x) => build.mul(x, x)),
  Relu6: composed((build, x, constant) => build.binary('Min', build.unary('Relu', x), constant(6))),
  Log1p: composed((build, x, constant) => build.unary('Log', build.add(x, constant(1)))),
  Expm1: composed((build, x, constant) => build.sub(build.unary('Exp', x), constant(1))),
  LeakyRelu: ({ inputs: { x }, attrs, build }) =>
    leakyRelu(build, x!, build.scalar(attrs.alpha as number)),
  Prelu: ({ inputs: { x, alpha }, build }) => leakyRelu(build, x!, alpha!),
  Elu: composed(
    (build, x, constant) => build.op('Elu', [x], x, { alpha: { float: 1 } }) ?? constant(0),
  ),
  EluGrad: ({ inputs: { dy, y }, build }) =>
    build.mul(dy!, build.add(build.binary('Min', y!, build.scalar(0)), build.scalar(1))),
  Selu: composed((build, x) => build.op('Selu', [x], x)),
  Step: ({ inputs: { x }, attrs, build }) => step(build, x!, attrs.alpha as number),
  ClipByValue: ({ inputs: { x }, attrs, build }) => {
    const bound = (value: unknown): Value => build.splat(x!.dtype, [], value as number);
    const above = build.binary('Max', x!, bound(attrs.clipValueMin));
    return build.binary('Min', above, bound(attrs.clipValueMax));
  },

  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
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
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  LogicalXor: logical('Xor'),
  LogicalNot: ({ inputs: { x }, build }) => build.op('Not', [x!], x!),
  Select: ({ inputs: { condition, t, e }, build }) => {
    // A condition of rank 1 chooses whole rows.
    const missing = t!.shape.length - condition!.shape.length;
    const shape = [...condition!.shape, ...new Array<number>(missing).fill(1)];
    return build.where(build.reshape(condition!, shape), t!, e!);
  },
  Cast: ({ inputs: { x }, attrs, build }) =>
    build.cast(x!, attrs.dtype as 'float32' | 'int32' | 'bool'),
};
