/**
 * Matrix products.
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { UnaryOp } from '../graph/ops.js';
import { elu, leakyRelu, relu6 } from './activation.js';
import { type KernelCall, type LoweringTable, UnsupportedOption } from './lowering.js';

/** a · b over the last two axes, each transposed at will, with the other axes broadcast. */
function product(
  build: Builder,
  a: Value,
  b: Value,
  { transA, transB, bias }: { transA: boolean; transB: boolean; bias?: Value | undefined },
): Value {
  const left = withoutLeadingOnes(build, a);
  const right = withoutLeadingOnes(build, b);
  // A vector is added by the product itself; anything else after it.
  const fused = bias?.shape.length === 1 && left.shape.length === 2 && right.shape.length === 2;
  const result = build.matMul(left, right, { transA, transB, ...(fused ? { bias } : {}) });
  const rank = Math.max(a.shape.length, b.shape.length);
  const missing = rank - result.shape.length;
  const ranked = build.reshape(result, [...new Array<number>(missing).fill(1), ...result.shape]);
  return bias === undefined || fused ? ranked : build.add(ranked, bias);
}

/** [1, M, K] → [M, K]: TensorFlow.js brings every product to rank 3. */
function withoutLeadingOnes(build: Builder, x: Value): Value {
  const first = x.shape.findIndex((length, axis) => length !== 1 || axis >= x.shape.length - 2);
  return build.reshape(x, x.shape.slice(first));
}

/** What fused kernels do last: the bias is added where there is one, and the activation applied. */
export function finish(call: KernelCall, x: Value): Value {
  const { bias } = call.inputs;
  return activate(call, bias === undefined ? x : call.build.add(x, bias));
}

/** The activations that fused kernels know. */
function activate(call: KernelCall, x: Value): Value {
  const { inputs, attrs, build } = call;
  const name = (attrs.activation as string | undefined) ?? 'linear';
  const simple: Record<string, UnaryOp> = { relu: 'Relu', sigmoid: 'Sigmoid' };
  if (name === 'linear') return x;
  if (simple[name] !== undefined) return build.unary(simple[name], x);
  switch (name) {
    case 'relu6':
      return relu6(build, x);
    case 'elu':
      return elu(build, x);
    case 'leakyrelu':
      return leakyRelu(build, x, build.scalar(attrs.leakyreluAlpha as number));
    case 'prelu':
      return leakyRelu(build, x, inputs.preluActivationWeights!);
    default:
      throw new UnsupportedOption(`the fused activation ${name}`);
  }
}

export const matrixProduct: LoweringTable = {
  BatchMatMul: ({ inputs: { a, b }, attrs, build }) =>
    product(build, a!, b!, transpositions(attrs)),
  _FusedMatMul: (call) => {
    const { inputs, attrs, build } = call;
    const { a, b, bias } = inputs;
    return activate(call, product(build, a!, b!, { ...transpositions(attrs), bias }));
  },
  Einsum: ({ inputs, attrs, build }) => {
    const operands = Object.values(inputs);
    const equation = (attrs.equation as string).replace(/\s/g, '');
    const [from, to] = equation.split('->') as [string, string];
    from.split(',').forEach((axes, i) => {
      if (axes.length === operands[i]!.shape.length) return;
      throw new UnsupportedOption(`operands of another rank than in '${equation}'`);
    });
    const lengths = new Map(
      from
        .split(',')
        .flatMap((axes, i) => [...axes].map((axis, k) => [axis, operands[i]!.shape[k]!] as const)),
    );
    const shape = [...to].map((axis) => lengths.get(axis)!);
    return build.op('Einsum', operands, { dtype: operands[0]!.dtype, shape }, { equation });
  },
};

const transpositions = (attrs: KernelCall['attrs']) => ({
  transA: attrs.transposeA === true,
  transB: attrs.transposeB === true,
});
