import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Builder } from '../../../src/compile/graph/builder.js';
import { type Graph, type Node, nodesOf } from '../../../src/compile/graph/graph.js';
import { isProduct, productsOf } from '../../../src/compile/passes/products.js';
import type { SplitGraph } from '../../../src/compile/passes/split/split-graph.js';
import { planStep } from '../../../src/compile/plan.js';
import { nodeRuntime } from '../../../src/compile/runtime/node/runtime.js';
import { float32 } from '../../../src/compile/step.js';
import { targets } from '../../../src/compile/target.js';

/** What a product is, but for its operands' values. */
const said = ({ op, domain, inputs, attributes, outputs }: Node) =>
  JSON.stringify([
    ...[op, domain, attributes],
    ...inputs.map((input) => input && [input.shape, input.constant !== undefined]),
    ...outputs.map(({ shape }) => shape),
  ]);

const products = (graph: Graph): string[] => nodesOf(graph).filter(isProduct).map(said);

/** A layer and its gradients, on a batch that is taken apart where it is large. */
function planOf(batch: number, width: number) {
  const weights = tf.variable(tf.ones([width, width]));
  const step = ({ x }: Record<string, tf.Tensor>) => {
    const { value, grads } = tf.variableGrads(() =>
      tf.mean<tf.Scalar>(tf.square(tf.tanh(tf.matMul(tf.tanh(tf.matMul(x!, weights)), weights)))),
    );
    weights.assign(tf.sub(weights, Object.values(grads)[0]!));
    return { value };
  };
  const x = float32([batch, width], new Float32Array(batch * width));
  return planStep(step, { x }, targets.cores).graph;
}

describe('the products of a graph', () => {
  it('are all there, at their own shapes, transposed and scaled as they were', () => {
    const build = new Builder();
    const [a, b] = [build.input('float32', [3, 5]), build.input('float32', [4, 5])];
    const batch = build.input('float32', [2, 5, 3]);
    const images = build.input('float32', [1, 2, 6, 6]);
    const filter = build.constantOf('float32', [4, 2, 3, 3], {
      values: Float32Array.from({ length: 72 }, (_, i) => i),
    });
    const bias = build.input('float32', [4]);
    const first = build.matMul(a, b, { transB: true, bias });
    const second = build.matMul(a, build.unary('Tanh', a), { transA: true, alpha: 0.5 });
    const third = build.matMul(batch, batch, { transA: true });
    const fourth = build.op(
      'Conv',
      [images, filter],
      { dtype: 'float32', shape: [1, 4, 3, 3] },
      { strides: [2, 2], pads: [1, 1, 1, 1] },
    );
    const outputs = [first, second, third, fourth].map((value, i) => ({
      port: { kind: 'output', name: `${i}` } as const,
      value: build.unary('Exp', value),
    }));
    const graph = { inputs: [], outputs };
    const alone = productsOf(graph) as Graph;
    expect(products(alone)).toEqual(products(graph));
    expect(products(alone)).toHaveLength(4);
    expect(new Set(nodesOf(alone).map(({ op }) => op))).toEqual(
      new Set(['Gemm', 'FusedMatMul', 'Conv', 'Reshape', 'Shape', 'Concat']),
    );
    expect(alone.inputs).toEqual([]);
  });

  it('are each there as often as in the step, equal ones too', async () => {
    const graph = planOf(4, 8) as Graph;
    const alone = productsOf(graph) as Graph;
    expect(products(graph).length).toBeGreaterThanOrEqual(4);
    expect(new Set(products(graph)).size).toBeLessThan(products(graph).length);
    expect(products(alone)).toEqual(products(graph));
    const session = await nodeRuntime({ threads: 1 }).load(alone);
    const [shapes] = await session.run([]);
    const [first] = products(graph);
    expect(first).toContain('[4,8]');
    expect(Array.from(shapes!, Number).slice(0, 3)).toEqual([products(graph).length, 4, 8]);
    await session.release();
  });

  it('stand in as many parts as the step', async () => {
    const graph = planOf(1024, 256) as SplitGraph;
    const alone = productsOf(graph) as SplitGraph;
    expect(alone.count).toBe(graph.count);
    expect(alone.count).toBeGreaterThan(1);
    for (const name of ['before', 'part', 'after'] as const) {
      expect(products(alone[name])).toEqual(products(graph[name]));
    }
    const session = await nodeRuntime({ threads: 2 }).load(alone);
    expect(await session.run([])).toHaveLength(1);
    await session.release();
  });

  it('are none where a step has none', () => {
    const build = new Builder();
    const x = build.input('float32', [3]);
    const outputs = [
      { port: { kind: 'output', name: 'y' } as const, value: build.unary('Exp', x) },
    ];
    expect(productsOf({ inputs: [], outputs })).toBeUndefined();
  });
});
