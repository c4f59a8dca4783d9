import { describe, expect, it } from 'vitest';
import { CompileError } from '../../../src/compile/errors.js';
import { Builder } from '../../../src/compile/graph/builder.js';
import { nodesOf, type Value } from '../../../src/compile/graph/graph.js';
import { legalise, legalNode } from '../../../src/compile/passes/legalise.js';
import { targets } from '../../../src/compile/target.js';
import { countOps, difference, inputPorts, outputPorts, runGraph } from '../../support/graph.js';
import { interpreter } from '../../support/interpreter/interpreter.js';

const build = new Builder();
const a = build.input('float32', [2, 4, 4]);
const b = build.input('float32', [2, 4, 5]);
const output = { dtype: 'float32', shape: [2, 4, 5] } as const;

/** A node of onnxruntime's own, said in standard operators: op and attributes of each. */
function restated(op: string, attributes: Parameters<Builder['op']>[3]) {
  const { producer } = build.op(op, [a, b], output, attributes, 'com.microsoft');
  const [value] = legalNode(build, targets.file, producer!, [a, b]) as [Value];
  const nodes = nodesOf({ outputs: [{ value }] });
  expect(value.shape).toEqual(output.shape);
  expect(nodes.every(({ domain }) => domain === '')).toBe(true);
  return nodes.map((node) => [node.op, node.attributes]);
}

describe('legalise', () => {
  const product = build.op('FusedMatMul', [a, b], output, { transA: 1 }, 'com.microsoft');
  const graph = {
    inputs: inputPorts({ a, b }),
    outputs: outputPorts({ y: build.unary('Abs', build.scale(product, 2)) }),
  };

  it('leaves a graph that is legal as it is', () => {
    expect(legalise(graph, targets.cores, build)).toBe(graph);
  });

  it('keeps to the operators of its target, whatever could be made of them', async () => {
    const legal = legalise(graph, interpreter.target, build);
    expect(countOps(legal)).toEqual({ Transpose: 1, MatMul: 1, Mul: 1, Abs: 1 });
    expect(difference(await runGraph(graph), await runGraph(legal))).toBeLessThan(1e-6);
  });

  it.each(['cores', 'file'] as const)(
    'says for %s otherwise what onnxruntime has wrong',
    (name) => {
      const y = build.unary('Sigmoid', build.unary('Tanh', a));
      const inexact = { inputs: inputPorts({ a }), outputs: outputPorts({ y }) };
      expect(legalise(inexact, interpreter.target, build)).toBe(inexact);
      const { Tanh, Clip, Sigmoid, Exp } = countOps(legalise(inexact, targets[name], build));
      expect([Tanh, Clip, Sigmoid, Exp]).toEqual([1, 1, undefined, 1]);
    },
  );
});

describe('legalNode', () => {
  it('keeps a standard node', () => {
    const node = build.op('Softmax', [a], a, { axis: 1 }).producer!;
    expect(legalNode(build, targets.file, node, [b])[0]!.producer).toMatchObject({
      op: 'Softmax',
      inputs: [b],
      attributes: { axis: 1 },
    });
  });

  it('splits a fused product', () => {
    const swap = ['Transpose', { perm: [0, 2, 1] }];
    expect(restated('FusedMatMul', {})).toEqual([['MatMul', {}]]);
    expect(restated('FusedMatMul', { transA: 1, transB: 0 })).toEqual([swap, ['MatMul', {}]]);
    expect(restated('FusedMatMul', { transB: 1, alpha: { float: 0.5 } })).toEqual([
      swap,
      ['MatMul', {}],
      ['Mul', {}],
    ]);
  });

  it('refuses what has no standard form', () => {
    expect(() => restated('BiasGelu', {})).toThrow(
      new CompileError('an ONNX file has no BiasGelu, which is known to onnxruntime only'),
    );
  });
});
