/**
 * Activations, and the steps that are their gradients.
 */
import type { Builder } from '../graph/builder.js';
import { splatOf, type Value } from '../graph/graph.js';
import type { UnaryOp } from '../graph/ops.js';
import { type Lowering, type LoweringTable, ofFloats } from './lowering.js';

/** min(max(x, 0), 6) */
export const relu6 = (build: Builder, x: Value): Value =>
  build.binary('Min', build.unary('Relu', x), build.splat(x.dtype, [], 6));

/** x where x > 0, slope · x elsewhere: in floats, which TensorFlow.js gives even for integers */
export function leakyRelu(build: Builder, x: Value, slope: Value): Value {
  const float = build.cast(x, 'float32');
  const sloping = build.mul(float, build.cast(slope, 'float32'));
  const constant = splatOf(slope);
  if (constant !== undefined && 0 < constant && constant <= 1) {
    return build.binary('Max', float, sloping);
  }
  return build.where(build.compare('Less', float, build.scalar(0)), sloping, float);
}

/** eˣ − 1, without losing the digits of a small x: tanh(x / 2) · (eˣ + 1) */
export function expm1(build: Builder, x: Value): Value {
  const tanh = build.unary('Tanh', build.mul(x, build.scalar(0.5)));
  return build.mul(tanh, build.add(build.unary('Exp', x), build.scalar(1)));
}

/** x where x > 0, eˣ − 1 elsewhere, which is the larger of the two */
export const elu = (build: Builder, x: Value): Value =>
  build.binary('Max', x, expm1(build, build.binary('Min', x, build.scalar(0))));

const [seluScale, seluAlpha] = [1.0507009873554805, 1.6732632423543772];

/** scale · x where x > 0, scale · alpha · (eˣ − 1) elsewhere */
function selu(build: Builder, x: Value): Value {
  const below = expm1(build, build.binary('Min', x, build.scalar(0)));
  return build.add(
    build.mul(build.unary('Relu', x), build.scalar(seluScale)),
    build.mul(below, build.scalar(seluScale * seluAlpha)),
  );
}

/** 1 where x > 0, `otherwise` elsewhere, NaN of NaN. */
function step(build: Builder, x: Value, otherwise: number): Value {
  if (x.dtype === 'int32') {
    const isPositive = build.compare('Greater', x, build.splat('int32', [], 0));
    return build.where(
      isPositive,
      build.splat('int32', x.shape, 1),
      build.splat('int32', [], Math.trunc(otherwise)),
    );
  }
  if (0 < otherwise && otherwise <= 1) {
    return build.binary('Max', build.unary('Sign', x), build.scalar(otherwise));
  }
  // The positive part is there where this is the gradient of a ReLU.
  const positive = build.unary('Sign', build.unary('Relu', x));
  const rest = build.mul(positive, build.scalar(1 - otherwise));
  return build.add(rest, build.scalar(otherwise));
}

const unary = (op: UnaryOp): Lowering => ofFloats((build, x) => build.unary(op, x));

export const activation: LoweringTable = {
  Tanh: unary('Tanh'),
  Sigmoid: unary('Sigmoid'),
  Softplus: unary('Softplus'),
  Relu: ({ inputs: { x }, build }) => build.unary('Relu', x!),
  Relu6: ({ inputs: { x }, build }) => relu6(build, x!),
  LeakyRelu: ({ inputs: { x }, attrs, build }) =>
    leakyRelu(build, x!, build.scalar(attrs.alpha as number)),
  Prelu: ({ inputs: { x, alpha }, build }) => leakyRelu(build, x!, alpha!),
  Elu: ofFloats(elu),
  EluGrad: ({ inputs: { dy, y }, build }) =>
    build.mul(dy!, build.add(build.binary('Min', y!, build.scalar(0)), build.scalar(1))),
  Selu: ofFloats(selu),
  Step: ({ inputs: { x }, attrs, build }) => step(build, x!, attrs.alpha as number),
};
