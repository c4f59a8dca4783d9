/**
 * Functions that onnxruntime computes wrongly, said by others that it has right.
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

const restatements: Readonly<Record<string, Restatement>> = { Sigmoid: sigmoid, Tanh: tanh };

/** Whether onnxruntime computes an operator wrongly. */
export const isInexact = ({ op, domain }: Node): boolean => domain === '' && op in restatements;

/** What such a node should have been, as new nodes: without the builder's own simplifications. */
export const restate = (build: Builder, node: Node, inputs: readonly Value[]): Value =>
  restatements[node.op]!(build, node, inputs);
