import { describe, expect, it } from 'vitest';
import { addConvolution } from '../../../../src/compile/graph/convolutions.js';
import type { Graph, Value } from '../../../../src/compile/graph/graph.js';
import { keyOf } from '../../../../src/compile/graph/port.js';
import { convolvePatches } from '../../../../src/compile/passes/convolve-patches.js';
import { splitInto } from '../../../../src/compile/passes/split/assemble.js';
import { splitBatch } from '../../../../src/compile/passes/split/choose.js';
import type { SplitGraph } from '../../../../src/compile/passes/split/split-graph.js';
import {
  countOps,
  difference,
  type Made,
  make,
  runGraph,
  runSplit,
} from '../../../support/graph.js';

/** The graph in so many parts, once its outputs were found to be what they were. */
async function checkedSplit({ build, graph }: Made, count: number): Promise<SplitGraph> {
  const split = splitInto(count, graph, build);
  expect(difference(await runGraph(graph), await runSplit(split, graph))).toBeLessThan(1e-5);
  return split;
}

describe('splitInto', () => {
  it.each([2, 3, 6])('a dense layer and its gradients, in %d parts', async (count) => {
    const made = make(
      { x: [6, 4], dy: [6, 3], 'state/0': [4, 3], 'state/1': [3] },
      (build, { x, dy, 'state/0': w, 'state/1': bias }) => {
        const y = build.unary('Tanh', build.matMul(x!, w!, { bias: bias! }));
        const slope = build.mul(dy!, build.sub(build.scalar(1), build.mul(y, y)));
        return {
          y,
          dw: build.matMul(x!, slope, { transA: true }),
          db: build.reduce('ReduceSum', slope, [0], false),
          dx: build.matMul(slope, w!, { transB: true }),
          loss: build.reduce('ReduceMean', build.mul(y, dy!), [0, 1], false),
        };
      },
    );
    const { before, part, pieces, after } = await checkedSplit(made, count);
    const piece = (index: number) => ({
      ...{ port: { kind: 'piece', index }, start: 0, rows: 6 / count, sourceRows: 6 },
    });
    expect(before.outputs).toEqual([]);
    expect(countOps(part).Tanh).toBe(1);
    expect(pieces).toEqual([
      { ...piece(0), source: { kind: 'input', name: 'x' } },
      { ...piece(1), source: { kind: 'input', name: 'dy' } },
    ]);
    // Rows only have to be put together; three sums have a term of each part.
    expect(countOps(after)).toEqual({ Add: 3 * (count - 1), Mul: 1 });
  });

  it('both halves of a concatenated batch', async () => {
    const made = make(
      { a: [4, 3], b: [4, 3], 'state/0': [3, 2] },
      (build, { a, b, 'state/0': w }) => {
        const both = build.concat([a!, b!], 0);
        const logits = build.unary('Tanh', build.matMul(both, w!));
        const [x, y] = build.split(logits, 0, [4, 4]) as [Value, Value];
        const flat = build.concat(
          [
            build.reshape(build.matMul(both, logits, { transA: true }), [6]),
            build.reduce('ReduceSum', logits, [0], false),
          ],
          0,
        );
        return { pairs: build.sub(x, y), flat, logits };
      },
    );
    const { part, after } = await checkedSplit(made, 2);
    // One operation for what a part has of both.
    expect(countOps(part)).toEqual({
      ...{ Concat: 2, Gemm: 2, Tanh: 1, Split: 1, Sub: 1, Reshape: 1, ReduceSum: 1 },
    });
    // Terms are joined first and added then, one sum for all weights.
    expect(countOps(after)).toEqual({ Add: 1, Concat: 1 });
  });

  it('one of two concatenated batches, and zeros in the place of the other', async () => {
    const made = make({ a: [4, 3], b: [8, 3], 'state/0': [3, 2] }, (build, inputs) => {
      const { a, b, 'state/0': w } = inputs;
      const y = build.unary('Tanh', build.matMul(build.concat([a!, b!], 0), w!));
      const ofB = build.slice(y, [4, 0], [12, 1]);
      const back = build.pad(build.unary('Tanh', ofB), [4, 0], [0, 1]);
      return { dw: build.matMul(build.concat([a!, b!], 0), back, { transA: true }) };
    });
    const { part, after } = await checkedSplit(made, 2);
    expect(countOps(part)).toEqual({ Concat: 1, Gemm: 2, Tanh: 2, Slice: 1, Pad: 1 });
    expect(countOps(after)).toEqual({ Add: 1 });
    // Parts of four rows would cut through the batches.
    const through = make({ a: [4, 3], 'state/0': [3, 2] }, (build, { a, 'state/0': w }) => ({
      y: build.slice(build.matMul(a!, w!), [1, 0], [4, 2]),
    }));
    expect(countOps((await checkedSplit(through, 2)).after)).toEqual({ Slice: 1 });
  });

  it('convolutions and their gradients', async () => {
    const info = {
      ...{ batch: 4, inChannels: 2, outChannels: 3 },
      ...{ input: [4, 4], output: [4, 4], kernel: [3, 3] },
      ...{ strides: [1, 1], dilations: [1, 1], before: [1, 1] },
    };
    const { build, graph } = make(
      { x: [4, 4, 4, 2], dy: [4, 4, 4, 3], 'state/0': [3, 3, 2, 3] },
      (build, { x, dy, 'state/0': filter }) => ({
        y: addConvolution(build, 'Convolution', info, [x!, filter!]),
        dx: addConvolution(build, 'InputGradient', info, [dy!, filter!]),
        df: addConvolution(build, 'FilterGradient', info, [x!, dy!]),
      }),
    );
    const finish = (one: Graph): Graph => convolvePatches(one, build);
    const split = splitInto(2, graph, build, { finish });
    const whole = await runGraph(finish(graph));
    expect(difference(whole, await runSplit(split, graph))).toBeLessThan(1e-5);
    expect(countOps(split.part).Gemm).toBe(3);
    expect(countOps(split.after)).toEqual({ Add: 1 });
  });

  it('halves of a batch, cut where they end and put together again', async () => {
    const made = make({ a: [4, 3], b: [8, 3], c: [12, 1], 'state/0': [12, 3] }, (build, inputs) => {
      const { a, b, c, 'state/0': whole } = inputs as Record<string, Value>;
      const all = build.unary('Tanh', build.concat([a!, b!], 0));
      const weighed = build.mul(
        build.add(all, whole!),
        build.expand(build.unary('Exp', c!), [12, 3]),
      );
      const [x, y, z] = build.split(weighed, 0, [4, 4, 4]) as [Value, Value, Value];
      const [first, rest] = build.split(all, 0, [4, 8]) as [Value, Value];
      return { x, sum: build.add(y, z), weighed, first, rest: build.concat([rest, first], 0) };
    });
    await checkedSplit(made, 2);
  });

  it('multiples of one sum are one result', async () => {
    const made = make({ x: [4, 3] }, (build, { x }) => {
      const sum = build.reduce('ReduceSum', build.unary('Tanh', x!), [0], false);
      return { sum, half: build.scale(sum, 0.5), square: build.mul(sum, sum) };
    });
    expect((await checkedSplit(made, 2)).part.outputs).toHaveLength(1);
  });

  it('adds what is not of the batch once, to the sum of the parts', async () => {
    const made = make({ x: [4, 3], 'state/0': [3, 2] }, (build, { x, 'state/0': w }) => {
      const gradient = build.matMul(x!, build.unary('Tanh', build.matMul(x!, w!)), {
        transA: true,
      });
      const decayed = build.add(gradient, build.scale(w!, 0.1));
      const other = build.reduce('ReduceSum', build.matMul(x!, w!), [0], false);
      return {
        flat: build.concat([build.reshape(decayed, [6]), other], 0),
        less: build.sub(w!, gradient),
        negative: build.unary('Neg', decayed),
      };
    });
    const { part } = await checkedSplit(made, 2);
    expect(part.outputs.map(({ value }) => value.shape)).toEqual([[8], [3, 2]]);
  });

  it('cuts what was computed before the batch comes into play', async () => {
    const made = make({ x: [4, 3], labels: [4] }, (build, { x, labels }) => {
      const weights = build.unary('Exp', build.reshape(labels!, [4, 1]));
      return { y: build.mul(build.unary('Tanh', x!), weights) };
    });
    const { before, pieces } = await checkedSplit(made, 2);
    expect(countOps(before)).toEqual({ Exp: 1, Reshape: 1 });
    expect(pieces.map(({ source }) => keyOf(source))).toEqual(['input/x', 'early/0']);
  });

  it('computes once what is dear and the same for all parts', async () => {
    const made = make({ x: [4, 3], 'state/0': [3, 200] }, (build, { x, 'state/0': w }) => ({
      cheap: build.matMul(build.unary('Tanh', x!), build.unary('Exp', w!)),
    }));
    const { before, part } = await checkedSplit(made, 2);
    expect(countOps(before)).toEqual({ Exp: 1 });
    expect(countOps(part)).toEqual({ Tanh: 1, Gemm: 1 });
  });

  it('leaves what follows from all parts, and is combined with them, to the end', async () => {
    const made = make({ x: [6, 3] }, (build, { x }) => {
      const y = build.unary('Tanh', x!);
      const mean = build.reduce('ReduceMean', y, [0], true);
      const centred = build.sub(y, mean);
      return { z: build.unary('Sigmoid', centred), top: build.reduce('ReduceMax', y, [0], false) };
    });
    const { part, after } = await checkedSplit(made, 3);
    expect(countOps(part)).toEqual({ Tanh: 1, ReduceSum: 1 });
    expect(countOps(after)).toMatchObject({ Sub: 1, Sigmoid: 1, ReduceMax: 1 });
  });

  it('shapes, norms, pads and broadcasts of [B, S, C]', async () => {
    const made = make(
      { x: [4, 6, 5], 'state/0': [5], 'state/1': [3, 6], 'state/2': [4, 6, 5] },
      (build, { x, 'state/0': v, 'state/1': w, 'state/2': whole }) => {
        const normal = build.op('LayerNormalization', [x!, v!, v!], x!, { axis: -1 });
        const left = build.matMul(w!, normal);
        const mean = build.reduce('ReduceMean', left, [1], true);
        const padded = build.pad(build.slice(left, [0, 1, 0], [4, 3, 5]), [0, 1, 0], [0, 0, 0]);
        const softmax = build.op('Softmax', [padded], padded, { axis: -1 });
        return {
          softmax: build.add(softmax, build.expand(mean, [4, 3, 5])),
          rows: build.reshape(build.transpose(left, [0, 2, 1]), [20, 3]),
          parts: build.concat(build.split(left, 2, [2, 3]).toReversed(), 2),
          whole: build.mul(build.add(x!, whole!), v!),
          largest: build.reduce('ReduceMax', left, [0, 1], false),
          spread: build.reduce('ReduceSum', left, [0, 2], true),
        };
      },
    );
    expect(countOps((await checkedSplit(made, 2)).part).LayerNormalization).toBe(1);
  });

  it('keeps the width that one number gives to a choice by rows', async () => {
    const made = make({ x: [6, 1] }, (build, { x }) => {
      const isPositive = build.compare('Greater', x!, build.scalar(0));
      const ones = build.splat('float32', [6, 3], 1);
      return { chosen: build.where(isPositive, ones, build.scalar(0)), y: build.unary('Tanh', x!) };
    });
    await checkedSplit(made, 3);
  });

  it('joins the parts for whatever needs all of them', async () => {
    const made = make({ x: [4, 3] }, (build, { x }) => {
      const y = build.unary('Tanh', x!);
      const sum = build.reduce('ReduceSum', y, [0], false);
      return {
        turned: build.transpose(y, [1, 0]),
        gram: build.matMul(y, y, { transB: true }),
        root: build.unary('Sqrt', build.mul(sum, sum)),
        softmax: build.op('Softmax', [y], y, { axis: 0 }),
      };
    });
    await checkedSplit(made, 2);
  });
});

describe('splitBatch', () => {
  const dense = (batch: number, units: number): Made =>
    make({ x: [batch, 64], 'state/0': [64, units] }, (build, { x, 'state/0': w }) => {
      const y = build.unary('Tanh', build.matMul(x!, w!));
      return { dw: build.matMul(x!, y, { transA: true }) };
    });
  const countOf = ({ build, graph }: Made) => splitBatch(graph, build)?.count;

  it('wants parts of two megabytes of what is more than half of one, of equal length, and not too many', () => {
    expect(countOf(dense(64, 2048))).toBeUndefined();
    expect(countOf(dense(64, 2049))).toBe(2);
    expect(countOf(dense(63, 4096))).toBe(3);
    expect(countOf(dense(61, 4096))).toBeUndefined();
    expect(countOf(dense(126, 16_384))).toBe(6);
    expect(countOf(dense(1024, 4096))).toBe(4);
  });

  it('makes fewer parts where gradients are large', () => {
    // 64 MB, then 160 MB of them.
    expect(countOf(dense(8, 2 ** 18))).toBe(4);
    expect(countOf(dense(8, 5 * 2 ** 17))).toBeUndefined();
  });

  it('leaves whole what looks at the whole batch', () => {
    const made = make({ x: [64, 64, 64] }, (build, { x }) => {
      const mean = build.reduce('ReduceMean', x!, [0], true);
      return { y: build.unary('Tanh', build.mul(build.sub(x!, mean), x!)) };
    });
    expect(countOf(made)).toBeUndefined();
  });
});
