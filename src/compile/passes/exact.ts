/**
 * Functions that onnxruntime computes wrongly for some numbers, said by others that it has right.
 */
import type { Builder } from '../graph/builder.js';
import type { Node, Value } from '../graph/graph.js';

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

/**
 * onnxruntime's own is right, and slow where signs are mixed. Here the smallest number that float32
 * holds, 2⁻¹⁴⁹, is brought to 2⁻²³, beyond which all are cut off.
 */
const sign: Restatement = (build, { outputs: [y] }, [x]) => {
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

const restatements: Readonly<Record<string, Restatement>> = {
  Sigmoid: sigmoid,
  Tanh: tanh,
  Sign: sign,
  ReduceMax: extreme,
  ReduceMin: extreme,
};

/** Whether a node is one of floats that onnxruntime computes wrongly. */
export const isInexact = ({ op, domain, outputs }: Node): boolean =>
  domain === '' && op in restatements && outputs[0]!.dtype === 'float32';

/** What such a node should have been, as new nodes: without the builder's own simplifications. */
export const restate = (build: Builder, node: Node, inputs: readonly Value[]): Value =>
  restatements[node.op]!(build, node, inputs);
