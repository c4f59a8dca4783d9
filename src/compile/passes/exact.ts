/**
 * Functions that onnxruntime computes wrongly for some numbers, said by others that it has right.
 */
import type { Builder } from '../graph/builder.js';
import { type DType, type Node, onnxTypes, type Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';

type Restatement = (build: Builder, node: Node, inputs: readonly Value[]) => Value;

/** σ(x) is 1 to float32 from here on. */
const saturated = 20;

/**
 * onnxruntime's own is 17% off at −15, and 0 from −18 on; this is right down to the smallest number
 * that float32 holds: eˣ / (1 + eˣ).
 */
const sigmoid: Restatement = (build, { outputs: [y] }, [x]) => {
  const bounded = build.op('Min', [x, build.scalar(saturated)], y!);
  const exp = build.op('Exp', [bounded], y!);
  return build.op('Div', [exp, build.op('Add', [exp, build.scalar(1)], y!)], y!);
};

/** onnxruntime's own goes beyond ±1 by a bit. */
const tanh: Restatement = (build, { outputs: [y] }, [x]) => {
  const own = build.op('Tanh', [x], y!);
  return build.op('Clip', [own, build.scalar(-1), build.scalar(1)], y!);
};

/** Of so few numbers an operation more takes longer than an operation does. */
const few = 8192;

/**
 * onnxruntime's own is right, and slow where signs are mixed. Here the smallest number that float32
 * holds, 2⁻¹⁴⁹, is brought to 2⁻²³, beyond which all are cut off.
 */
const sign: Restatement = (build, { outputs: [y] }, [x]) => {
  if (x!.producer?.op === 'Relu' && sizeOf(x!.shape) <= few) {
    // What is not above 0 is 0 or NaN, and stays so.
    const isPositive = build.op('Greater', [x, build.scalar(0)], { ...y!, dtype: 'bool' });
    return build.op('Where', [isPositive, build.scalar(1), x], y!);
  }
  const large = build.op('Mul', [x, build.scalar(2 ** 126)], y!);
  const bounds = [build.scalar(-(2 ** -23)), build.scalar(2 ** -23)];
  return build.op('Mul', [build.op('Clip', [large, ...bounds], y!), build.scalar(2 ** 23)], y!);
};

/** Of onnxruntime's own, whether it sees a NaN depends on where that stands. */
const extreme: Restatement = (build, { op, outputs: [y], attributes }, [x, axes]) => {
  const missing = build.op('IsNaN', [x], { dtype: 'bool', shape: x!.shape });
  const { shape } = y!;
  const any = build.op('ReduceMax', [missing, axes], { dtype: 'bool', shape }, attributes);
  const own = build.op(op, [x, axes], y!, attributes);
  return build.op('Where', [any, build.scalar(Number.NaN), own], y!);
};

/** Those of int32 stop at the largest; those of int64 are cast to int32 by wrapping. */
const wrapping: Restatement = (build, { op, outputs: [y], attributes }, [x, axes]) => {
  const [from, to] = ['int64', 'int32'] as const;
  const wide = build.op('Cast', [x], { dtype: from, shape: x!.shape }, { to: onnxTypes[from] });
  const result = build.op(op, [wide, axes], { dtype: from, shape: y!.shape }, attributes);
  return build.op('Cast', [result], y!, { to: onnxTypes[to] });
};

const restatements: Readonly<Partial<Record<DType, Readonly<Record<string, Restatement>>>>> = {
  float32: { Sigmoid: sigmoid, Tanh: tanh, Sign: sign, ReduceMax: extreme, ReduceMin: extreme },
  int32: { ReduceSum: wrapping, ReduceProd: wrapping },
};

const restatementOf = ({ op, domain, outputs }: Node): Restatement | undefined =>
  domain === '' ? restatements[outputs[0]!.dtype]?.[op] : undefined;

/** Whether onnxruntime computes a node wrongly. */
export const isInexact = (node: Node): boolean => restatementOf(node) !== undefined;

/** What such a node should have been, as new nodes: without the builder's own simplifications. */
export const restate = (build: Builder, node: Node, inputs: readonly Value[]): Value =>
  restatementOf(node)!(build, node, inputs);
