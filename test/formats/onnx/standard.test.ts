import { describe, expect, it } from 'vitest';
import { Builder } from '../../../src/compile/graph/builder.js';
import { nodesOf, type Value } from '../../../src/compile/graph/graph.js';
import { EngineError } from '../../../src/errors.js';
import { standardNode } from '../../../src/formats/onnx/standard.js';

const build = new Builder();
const a = build.input('float32', [2, 3, 4]);
const b = build.input('float32', [2, 4, 5]);
const product = { dtype: 'float32', shape: [2, 4, 4] } as const;

/** A node of onnxruntime's own, said in standard operators: op and attributes of each. */
function restated(op: string, attributes: Parameters<Builder['op']>[3]) {
  const { producer } = build.op(op, [a, b], product, attributes, 'com.microsoft');
  const [value] = standardNode(build, producer!, [a, b]) as [Value];
  const nodes = nodesOf({ outputs: [{ value }] });
  expect(value.shape).toEqual(product.shape);
  expect(nodes.every(({ domain }) => domain === '')).toBe(true);
  return nodes.map((node) => [node.op, node.attributes]);
}

describe('standardNode', () => {
  it('keeps a standard node', () => {
    const node = build.op('Softmax', [a], a, { axis: 1 }).producer!;
    expect(standardNode(build, node, [b])[0]!.producer).toMatchObject({
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
      new EngineError(
        'the model cannot be exported to ONNX: its BiasGelu is known to onnxruntime only',
      ),
    );
  });
});
