import { describe, expect, it } from 'vitest';
import { Builder } from '../../../src/compile/graph/builder.js';
import { type Graph, numbersOf, splatOf, type Value } from '../../../src/compile/graph/graph.js';
import { countOps, runGraph } from '../../support/graph.js';

const graphOf = (inputs: Value[], ...outputs: Value[]): Graph => ({
  inputs: inputs.map((value, i) => ({ port: { kind: 'input', name: `x${i}` }, value })),
  outputs: outputs.map((value, i) => ({ port: { kind: 'output', name: `y${i}` }, value })),
});

describe('Builder', () => {
  it('shares equal subexpressions, in whatever order they are written', () => {
    const build = new Builder();
    const [a, b] = [build.input('float32', [2, 3]), build.input('float32', [2, 3])];
    expect(build.add(a, b)).toBe(build.add(b, a));
    expect(build.mul(a, b)).toBe(build.mul(b, a));
    expect(build.sub(a, b)).not.toBe(build.sub(b, a));
  });

  it('drops what changes nothing', () => {
    const build = new Builder();
    const x = build.input('float32', [2, 3]);
    expect(build.add(x, build.scalar(0))).toBe(x);
    expect(build.mul(build.splat('float32', [2, 3], 1), x)).toBe(x);
    expect(build.reshape(build.reshape(x, [6]), [2, 3])).toBe(x);
    expect(build.transpose(build.transpose(x, [1, 0]), [1, 0])).toBe(x);
    expect(build.unary('Neg', build.unary('Neg', x))).toBe(x);
    expect(build.slice(x, [0, 0], [2, 3])).toBe(x);
    expect(build.binary('Pow', x, build.scalar(1))).toBe(x);
    expect(build.scale(build.scale(x, 3), 1 / 3)).toBe(x);
  });

  it('keeps a shape that a dropped operand had', () => {
    const build = new Builder();
    const x = build.input('float32', [3]);
    const sum = build.add(x, build.splat('float32', [4, 3], 0));
    expect(sum.shape).toEqual([4, 3]);
  });

  it('folds constants', () => {
    const build = new Builder();
    const two = build.scalar(2);
    expect(splatOf(build.add(two, build.splat('float32', [5], 3)))).toBe(5);
    expect(splatOf(build.unary('Sqrt', build.splat('float32', [7], 9)))).toBe(3);
    expect(splatOf(build.reduce('ReduceSum', build.splat('float32', [4, 5], 2), [0], false))).toBe(
      8,
    );
    expect(numbersOf(build.cast(build.constant('float32', [2], [1.7, -1.7]), 'int32'))).toEqual([
      1, -1,
    ]);
  });

  it('tells zeros apart by their signs', () => {
    const build = new Builder();
    const x = build.input('float32', [2]);
    const zeros = build.constant('float32', [2], [0, -0]);
    expect(splatOf(zeros)).toBeUndefined();
    expect(build.mul(x, zeros).producer?.inputs).toEqual([x, zeros]);
  });

  it('moves constant factors behind products, where they meet', () => {
    const build = new Builder();
    const [a, b] = [build.input('float32', [2, 3]), build.input('float32', [3, 4])];
    const product = build.matMul(build.scale(a, 2), build.scale(b, 1.5));
    expect(product.producer).toMatchObject({ op: 'Gemm', inputs: [a, b] });
    expect(product.producer?.attributes.alpha).toEqual({ float: 3 });
  });

  it('repeats nothing that its reader would repeat', () => {
    const build = new Builder();
    const [x, row] = [build.input('float32', [4, 3]), build.input('float32', [1, 3])];
    const sum = build.add(x, build.expand(row, [4, 3]));
    expect(countOps(graphOf([x, row], sum))).toEqual({ Add: 1 });
    const expanded = build.expand(row, [4, 3]);
    const total = build.reduce('ReduceSum', expanded, [0], false);
    expect(countOps(graphOf([row], total))).toEqual({ Mul: 1, Reshape: 1 });
  });

  it('takes products of columns from the left instead of transposing', async () => {
    const build = new Builder();
    const x = build.input('float32', [2, 3, 4]); // [B, S, C]
    const w = build.input('float32', [3, 5]);
    const bias = build.input('float32', [5]);
    const v = build.input('float32', [5, 3]);
    const columns = build.reshape(build.transpose(x, [0, 2, 1]), [8, 3]);
    const hidden = build.unary('Tanh', build.matMul(columns, w, { bias }));
    const back = build.reshape(build.matMul(hidden, v), [2, 4, 3]);
    const y = build.transpose(back, [0, 2, 1]);
    const weightGradient = build.matMul(columns, hidden, { transA: true });
    const biasGradient = build.reduce('ReduceSum', hidden, [0], false);
    const graph = graphOf([x, w, bias, v], y, weightGradient, biasGradient);
    // Only the two small kernels are transposed.
    expect(countOps(graph).Transpose).toBe(2);

    const results = await runGraph(graph);
    // The same by hand, from the definition of each output.
    const inputs = await runGraph(graphOf([x, w, bias, v], x, w, bias, v));
    const [X, W, b, V] = [inputs.y0!, inputs.y1!, inputs.y2!, inputs.y3!];
    const h = (i: number, c: number, d: number) => {
      let sum = b[d]!;
      for (let s = 0; s < 3; s++) sum += X[i * 12 + s * 4 + c]! * W[s * 5 + d]!;
      return Math.tanh(sum);
    };
    const wanted = { y: [] as number[], dw: [] as number[], db: [] as number[] };
    for (let i = 0; i < 2; i++) {
      for (let s = 0; s < 3; s++) {
        for (let c = 0; c < 4; c++) {
          wanted.y.push([0, 1, 2, 3, 4].reduce((sum, d) => sum + h(i, c, d) * V[d * 3 + s]!, 0));
        }
      }
    }
    const overColumns = (f: (i: number, c: number) => number) =>
      [0, 1].flatMap((i) => [0, 1, 2, 3].map((c) => f(i, c))).reduce((p, q) => p + q);
    for (let s = 0; s < 3; s++) {
      for (let d = 0; d < 5; d++) {
        wanted.dw.push(overColumns((i, c) => X[i * 12 + s * 4 + c]! * h(i, c, d)));
      }
    }
    for (let d = 0; d < 5; d++) wanted.db.push(overColumns((i, c) => h(i, c, d)));
    const close = (a: number[], e: number[]) =>
      a.forEach((value, k) => {
        expect(value).toBeCloseTo(e[k]!, 4);
      });
    close(results.y0!, wanted.y);
    close(results.y1!, wanted.dw);
    close(results.y2!, wanted.db);
  });

  it('refuses shapes that do not fit', () => {
    const build = new Builder();
    const [a, b] = [build.input('float32', [2, 3]), build.input('float32', [2, 4])];
    expect(() => build.add(a, b)).toThrow('[2,3] and [2,4] do not broadcast');
    expect(() => build.matMul(a, b)).toThrow('[2,3] × [2,4]: inner lengths differ');
    expect(() => build.reshape(a, [7])).toThrow('[2,3] cannot be reshaped to [7]');
  });
});
