import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type NamedGraph, nodesOf, numbersOf } from '../../../src/compile/graph/graph.js';
import { encodeOnnx } from '../../../src/compile/runtime/encode.js';
import { loadOrt } from '../../../src/compile/runtime/node/session.js';
import { traceStep } from '../../../src/compile/trace/trace.js';
import { EngineError } from '../../../src/errors.js';
import { batchSizes, openBatch } from '../../../src/formats/onnx/batch.js';
import { uniform } from '../../golden/formula.js';
import { expectClose } from '../../support/close.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Step = (x: tf.Tensor) => tf.Tensor;

/** The graph of a step on [B, 3], B open. */
function open(step: Step): NamedGraph {
  const [first, second] = batchSizes.map((size): NamedGraph => {
    const types = { x: { dtype: 'float32', shape: [size, 3] } } as const;
    const { inputs, outputs } = traceStep(({ x }) => ({ y: step(x!) }), types).graph;
    return {
      inputs: [{ name: 'x', value: inputs[0]!.value }],
      outputs: [{ name: 'y', value: outputs[0]!.value }],
    };
  }) as [NamedGraph, NamedGraph];
  return openBatch(first, second, new Map());
}

async function expectSameAtAllSizes(step: Step): Promise<void> {
  const bytes = encodeOnnx(open(step), {
    name: 'test',
    dynamicAxes: { x: { 0: 'batch' }, y: { 0: 'batch' } },
  });
  const ort = loadOrt();
  const session = await ort.InferenceSession.create(bytes);
  for (const size of [1, 2, 5]) {
    const x = uniform('x', [size, 3]);
    const { y } = await session.run({ x: new ort.Tensor('float32', x.dataSync(), x.shape) });
    const values = y!.data as Float32Array;
    expectClose(step(x), { shape: y!.dims, values }, { relative: 1e-6 });
  }
}

describe('openBatch', () => {
  it('leaves the one open length of a reshape to the operator', async () => {
    const step: Step = (x) => tf.softmax(tf.reshape(x, [x.shape[0]! * 3, 1, 1]));
    const shapes = nodesOf(open((x) => tf.reshape(step(x), x.shape)))
      .filter(({ op }) => op === 'Reshape')
      .map(({ inputs }) => numbersOf(inputs[1]!));
    expect(shapes).toEqual([
      [-1, 1, 1],
      [-1, 3],
    ]);
    await expectSameAtAllSizes((x) => tf.reshape(step(x), x.shape));
  });

  it('computes two open lengths of a reshape', async () => {
    await expectSameAtAllSizes((x) => {
      const size = x.shape[0]!;
      const products = tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true);
      return tf.sum(tf.reshape(products, [size, 1, size]), 2);
    });
  });

  it('repeats a token for each example', async () => {
    await expectSameAtAllSizes((x) => {
      const token = tf.tile(tf.tensor2d([[7, 8]]), [x.shape[0]!, 1]);
      return tf.concat([token, x], 1);
    });
  });

  it('fills a constant as wide as the batch', async () => {
    await expectSameAtAllSizes((x) => tf.where(tf.greater(x, 0), x, tf.fill(x.shape, -2)));
  });

  it('cuts along the batch', async () => {
    await expectSameAtAllSizes((x) => {
      const twice = tf.concat([x, tf.neg(x)], 0);
      return tf.slice(twice, [1, 0], [x.shape[0]!, 3]);
    });
  });

  it.each<[string, Step, string]>([
    ['a number that depends on the batch', (x) => tf.mul(x, 1 / x.shape[0]!), 'Mul'],
    ['other operations', (x) => (x.shape[0] === batchSizes[0] ? tf.relu(x) : tf.tanh(x)), 'Relu'],
    ['more operations', (x) => (x.shape[0] === batchSizes[0] ? x : tf.tanh(x)), 'its number'],
    ['an index for each example', (x) => tf.reverse(x, 0), 'Gather'],
    [
      'a length that shrinks',
      (x) =>
        tf.pad(x, [
          [0, 2000 - x.shape[0]!],
          [0, 0],
        ]),
      'a shape',
    ],
    ['an output without the batch', (x) => tf.sum(x), 'the output y'],
    ['an output twice as long', (x) => tf.concat([x, tf.neg(x)], 0), 'the output y'],
  ])('refuses %s', (_, step, what) => {
    expect(() => open(step)).toThrow(EngineError);
    expect(() => open(step)).toThrow(`the model cannot be exported for every batch size: ${what}`);
  });
});
