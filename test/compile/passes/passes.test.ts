import { describe, expect, it } from 'vitest';
import type { Builder } from '../../../src/compile/graph/builder.js';
import { type Graph, nodesOf, type Value } from '../../../src/compile/graph/graph.js';
import { print } from '../../../src/compile/graph/print.js';
import { sizeOf } from '../../../src/compile/graph/shapes.js';
import { absorbScale } from '../../../src/compile/passes/absorb-scale.js';
import { fuseBias } from '../../../src/compile/passes/fuse-bias.js';
import { fuseLayerNorm } from '../../../src/compile/passes/fuse-layer-norm.js';
import { hoistRows } from '../../../src/compile/passes/hoist-rows.js';
import type { Pass } from '../../../src/compile/passes/optimise.js';
import { countOps, difference, type Made, make, runGraph } from '../../support/graph.js';

/** The graph after a pass, once its outputs were found to be what they were. */
async function checked({ build, graph }: Made, pass: Pass): Promise<Graph> {
  const after = pass(graph, build);
  expect(difference(await runGraph(graph), await runGraph(after))).toBeLessThan(1e-5);
  return after;
}

/** What a graph computes, without its inputs. */
const body = (graph: Graph): string[] => print(graph).split('\n').slice(graph.inputs.length);

describe('fuseBias', () => {
  const shapes = { a: [6, 4], b: [4, 5], bias: [5], other: [6, 5] };

  it('makes a product and the bias added to it one Gemm', async () => {
    const made = make(shapes, (build, { a, b, bias }) => ({
      y: build.add(build.reshape(build.matMul(a!, b!), [2, 3, 5]), build.reshape(bias!, [1, 1, 5])),
    }));
    expect(countOps(made.graph).Add).toBe(1);
    expect(body(made.graph)).toEqual([
      'v0 float32[6,5] = Gemm(input/a, input/b)',
      'v1 float32[2,3,5] = Reshape(v0, [2, 3, 5])',
      'v2 float32[1,1,5] = Reshape(input/bias, [1, 1, 5])',
      'v3 float32[2,3,5] = Add(v1, v2)',
      'output/y = v3',
    ]);
    expect(body(await checked(made, fuseBias))).toEqual([
      'v0 float32[6,5] = Gemm(input/a, input/b, input/bias)',
      'v1 float32[2,3,5] = Reshape(v0, [2, 3, 5])',
      'output/y = v1',
    ]);
  });

  it('leaves what is no bias, or a product that others read', async () => {
    const made = make(shapes, (build, { a, b, bias, other }) => {
      const product = build.matMul(a!, b!);
      return {
        matrix: build.add(build.matMul(a!, b!, { alpha: 2 }), other!),
        shared: build.add(product, bias!),
        product: build.unary('Tanh', product),
      };
    });
    expect(countOps(await checked(made, fuseBias)).Add).toBe(2);
  });

  it('leaves sums of gradients of one row, which a batch in parts has terms of', async () => {
    const made = make({ x: [6, 1], dy: [6, 5], other: [1, 5] }, (build, { x, dy, other }) => ({
      sum: build.add(build.matMul(x!, dy!, { transA: true }), other!),
    }));
    expect(countOps(await checked(made, fuseBias))).toEqual({ Gemm: 1, Add: 1 });
  });
});

describe('absorbScale', () => {
  // The pass looks at large values only.
  const shapes = { a: [300, 8], b: [8, 64], bias: [64], w: [64, 3] };

  it('lets a product scale itself for a reader that wants it scaled', async () => {
    const made = make(shapes, (build, { a, b, bias, w }) => {
      const x = build.matMul(a!, b!, { bias: bias! });
      const z = build.scale(x, Math.SQRT1_2);
      const y = build.mul(z, build.add(build.unary('Erf', z), build.scalar(1)));
      return { y: build.matMul(y, w!) };
    });
    expect(body(made.graph)).toEqual([
      'v0 float32[300,64] = Gemm(input/a, input/b, input/bias)',
      'v1 float32[300,64] = Mul(v0, 0.707106769)',
      'v2 float32[300,64] = Erf(v1)',
      'v3 float32[300,64] = Add(v2, 1)',
      'v4 float32[300,64] = Mul(v0, v3)',
      'v5 float32[300,3] = Gemm(v4, input/w) {alpha:0.707106769}',
      'output/y = v5',
    ]);
    expect(body(await checked(made, absorbScale))).toEqual([
      'v0 float32[64] = Mul(input/bias, 0.707106769)',
      'v1 float32[300,64] = Gemm(input/a, input/b, v0) {alpha:0.707106769}',
      'v2 float32[300,64] = Erf(v1)',
      'v3 float32[300,64] = Add(1, v2)',
      'v4 float32[300,64] = Mul(v1, v3)',
      'v5 float32[300,3] = Gemm(v4, input/w) {alpha:0.999999966}',
      'output/y = v5',
    ]);
  });

  it('does so for readers of other shapes, and leaves no factor of 1 behind', async () => {
    const made = make({ x: [4, 75, 8], b: [8, 64] }, (build, { x, b }) => {
      const product = build.reshape(build.matMul(build.reshape(x!, [300, 8]), b!), [4, 75, 64]);
      const z = build.scale(product, Math.SQRT1_2);
      const square = build.scale(build.mul(product, product), 0.5);
      return {
        y: build.mul(build.unary('Erf', z), build.unary('Exp', build.unary('Neg', square))),
      };
    });
    expect(countOps(made.graph).Mul).toBe(4);
    expect(body(await checked(made, absorbScale))).toEqual([
      'v0 float32[300,8] = Reshape(input/x, [300, 8])',
      'v1 float32[300,64] = Gemm(v0, input/b) {alpha:0.707106769}',
      'v2 float32[300,64] = Erf(v1)',
      'v3 float32[4,75,64] = Reshape(v2, [4, 75, 64])',
      'v4 float32[300,64] = Mul(v1, v1)',
      'v5 float32[4,75,64] = Reshape(v4, [4, 75, 64])',
      'v6 float32[4,75,64] = Neg(v5)',
      'v7 float32[4,75,64] = Exp(v6)',
      'v8 float32[4,75,64] = Mul(v3, v7)',
      'output/y = v8',
    ]);
  });
});

describe('fuseLayerNorm', () => {
  const shapes = { x: [5, 7, 6], gamma: [6], beta: [6] };
  const layerNorm = (build: Builder, x: Value, gamma: Value, beta: Value, epsilon = 1e-5) => {
    const mean = build.reduce('ReduceMean', x, [2], true);
    const centred = build.sub(x, mean);
    const variance = build.reduce('ReduceMean', build.mul(centred, centred), [2], true);
    const root = build.unary('Sqrt', build.add(variance, build.scalar(epsilon)));
    const normalised = build.mul(centred, build.unary('Reciprocal', root));
    return { y: build.add(build.mul(normalised, gamma), beta), normalised };
  };

  it('finds the whole formula, and serves its statistics to others', async () => {
    const made = make(shapes, (build, { x, gamma, beta }) => layerNorm(build, x!, gamma!, beta!));
    expect(body(made.graph)).toEqual([
      'v0 float32[5,7,1] = ReduceMean(input/x, [2]) {keepdims:1}',
      'v1 float32[5,7,6] = Sub(input/x, v0)',
      'v2 float32[5,7,6] = Mul(v1, v1)',
      'v3 float32[5,7,1] = ReduceMean(v2, [2]) {keepdims:1}',
      'v4 float32[5,7,1] = Add(v3, 0.00000999999975)',
      'v5 float32[5,7,1] = Sqrt(v4)',
      'v6 float32[5,7,1] = Reciprocal(v5)',
      'v7 float32[5,7,6] = Mul(v1, v6)',
      'v8 float32[5,7,6] = Mul(input/gamma, v7)',
      'v9 float32[5,7,6] = Add(input/beta, v8)',
      'output/y = v9',
      'output/normalised = v7',
    ]);
    expect(body(await checked(made, fuseLayerNorm))).toEqual([
      'v0 float32[5,7,6], v1 float32[5,7,1], v2 float32[5,7,1] = LayerNormalization(input/x, input/gamma, input/beta) {axis:-1, epsilon:0.00000999999975}',
      'v3 float32[5,7,6] = Sub(input/x, v1)',
      'v4 float32[5,7,6] = Mul(v2, v3)',
      'output/y = v0',
      'output/normalised = v4',
    ]);
  });

  it('finds one after the other', async () => {
    const made = make(shapes, (build, { x, gamma, beta }) => {
      const first = layerNorm(build, x!, gamma!, beta!).y;
      return { y: layerNorm(build, build.unary('Tanh', first), beta!, gamma!, 0.1).y };
    });
    expect(countOps(await checked(made, fuseLayerNorm))).toEqual({
      LayerNormalization: 2,
      Tanh: 1,
    });
  });

  it('leaves a norm over another axis', async () => {
    const made = make({ x: [5, 6], gamma: [6], beta: [6] }, (build, { x, gamma, beta }) => {
      const mean = build.reduce('ReduceMean', x!, [0], true);
      const centred = build.sub(x!, mean);
      const variance = build.reduce('ReduceMean', build.mul(centred, centred), [0], true);
      const root = build.unary('Sqrt', build.add(variance, build.scalar(1)));
      const normalised = build.mul(centred, build.unary('Reciprocal', root));
      return { y: build.add(build.mul(normalised, gamma!), beta!) };
    });
    expect(countOps(await checked(made, fuseLayerNorm)).LayerNormalization).toBeUndefined();
  });
});

describe('hoistRows', () => {
  const shapes = {
    ...{ x: [3, 4, 5], y: [3, 4, 5], column: [3, 4, 1] },
    ...{ 'state/0': [5], 'state/1': [1, 1, 5], given: [5] },
  };
  const sum = (build: Builder, x: Value, keepDims = false) =>
    build.reduce('ReduceSum', x, [0, 1], keepDims);
  /** Products of whole tensors: the others are next to nothing. */
  const largeProducts = (graph: Graph): number =>
    nodesOf(graph).filter(
      ({ op, outputs: [product] }) => op === 'Mul' && sizeOf(product!.shape) === 60,
    ).length;

  it('takes the factors of all rows out of sums of products, however they are nested', async () => {
    const made = make(shapes, (build, { x, y, 'state/0': row, 'state/1': wide }) => {
      const scaled = build.mul(x!, row!);
      return {
        sum: sum(build, scaled),
        mean: build.reduce('ReduceMean', build.mul(wide!, scaled), [0, 1], true),
        product: sum(build, build.mul(scaled, build.mul(y!, wide!)), true),
      };
    });
    expect(body(made.graph)).toEqual([
      'v0 float32[3,4,5] = Mul(input/x, state/0)',
      'v1 float32[5] = ReduceSum(v0, [0, 1]) {keepdims:0}',
      'v2 float32[3,4,5] = Mul(state/1, v0)',
      'v3 float32[1,1,5] = ReduceMean(v2, [0, 1]) {keepdims:1}',
      'v4 float32[3,4,5] = Mul(input/y, state/1)',
      'v5 float32[3,4,5] = Mul(v0, v4)',
      'v6 float32[1,1,5] = ReduceSum(v5, [0, 1]) {keepdims:1}',
      'output/sum = v1',
      'output/mean = v3',
      'output/product = v6',
    ]);
    expect(largeProducts(made.graph)).toBe(4);
    const after = await checked(made, hoistRows);
    // x · y
    expect(largeProducts(after)).toBe(1);
    expect(body(after)).toEqual([
      'v0 float32[5] = ReduceSum(input/x, [0, 1]) {keepdims:0}',
      'v1 float32[5] = Mul(state/0, v0)',
      'v2 float32[5] = Reshape(state/1, [5])',
      'v3 float32[5] = Mul(state/0, v2)',
      'v4 float32[1,1,5] = ReduceMean(input/x, [0, 1]) {keepdims:1}',
      'v5 float32[1,1,5] = Mul(v3, v4)',
      'v6 float32[3,4,5] = Mul(input/x, input/y)',
      'v7 float32[1,1,5] = ReduceSum(v6, [0, 1]) {keepdims:1}',
      'v8 float32[1,1,5] = Mul(v3, v7)',
      'output/sum = v1',
      'output/mean = v5',
      'output/product = v8',
    ]);
    expect(countOps(after)).toMatchObject({ ReduceSum: 2, ReduceMean: 1 });
  });

  it('leaves products that are needed for something else, and other sums', async () => {
    const made = make(shapes, (build, { x, y, column, 'state/0': row }) => {
      const scaled = build.mul(x!, row!);
      return {
        scaled,
        product: sum(build, build.mul(scaled, y!)),
        columns: sum(build, build.mul(x!, column!)),
        last: build.reduce('ReduceSum', build.mul(y!, row!), [1, 2], false),
        tanh: sum(build, build.unary('Tanh', build.mul(y!, row!))),
      };
    });
    const before = countOps(made.graph);
    expect(countOps(await checked(made, hoistRows))).toEqual(before);
  });

  it('takes rows that are made of a deviation out, and leaves others that are given', async () => {
    const made = (root: boolean) =>
      make(shapes, (build, { x, given }) => {
        const deviation = build.unary('Sqrt', build.unary('Abs', given!));
        return { sum: sum(build, build.mul(x!, root ? deviation : given!)) };
      });
    expect(largeProducts(await checked(made(true), hoistRows))).toBe(0);
    expect(largeProducts(await checked(made(false), hoistRows))).toBe(1);
  });
});
