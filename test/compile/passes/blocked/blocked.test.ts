import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../../src/compile/compile.js';
import { type Graph, nodesOf } from '../../../../src/compile/graph/graph.js';
import { isProduct } from '../../../../src/compile/passes/products.js';
import type { SplitGraph } from '../../../../src/compile/passes/split/split-graph.js';
import { planStep } from '../../../../src/compile/plan.js';
import { nodeRuntime } from '../../../../src/compile/runtime/node/runtime.js';
import type { HostTensor, StepFunction } from '../../../../src/compile/step.js';
import { targets } from '../../../../src/compile/target.js';
import { instanceNormalise } from '../../../../src/mixer/instance-norm.js';
import { RandomStream } from '../../../../src/random.js';
import {
  expectSameTensors,
  interpret,
  normal,
  type StepInputs,
} from '../../../support/compiled.js';
import { interpreterIn } from '../../../support/interpreter/interpreter.js';

type Pair = [number, number];
type Case = [image: Pair, kernel: Pair, strides: Pair, padding: 'same' | 'valid' | number];

const cases: Case[] = [
  [[5, 6], [3, 3], [1, 1], 'same'],
  [[5, 6], [3, 3], [1, 1], 'valid'],
  [[7, 6], [3, 3], [2, 2], 'same'],
  [[6, 8], [3, 3], [2, 2], 'same'],
  [[6, 8], [4, 4], [2, 2], 'same'],
  [[7, 7], [5, 3], [2, 3], 'same'],
  [[5, 5], [1, 1], [1, 1], 'same'],
  [[6, 5], [1, 1], [2, 2], 'same'],
  [[4, 4], [4, 4], [1, 1], 'valid'],
  [[1, 2], [3, 3], [1, 1], 'same'],
  [[6, 7], [2, 3], [4, 1], 'valid'],
  [[5, 4], [3, 3], [2, 2], 1],
];

/** A convolution, what it gives, and the gradients of the sum of its cubes. */
const convolving =
  (convolve: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor): StepFunction =>
  ({ x, filter, ...others }) => {
    const cubes = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => {
      const y = convolve(a as tf.Tensor4D, b as tf.Tensor4D);
      return tf.sum(tf.mul(y, tf.square(y)));
    };
    const [dx, df] = tf.grads(cubes)([x!, filter!]);
    return { y: convolve(x as tf.Tensor4D, filter as tf.Tensor4D), dx: dx!, df: df!, ...others };
  };

const inputsFor = (
  image: Pair,
  kernel: Pair,
  [batch, from, to]: readonly [number, number, number],
): StepInputs => {
  const random = RandomStream.fromSeed(1);
  return {
    x: normal(random, [batch, ...image, from]),
    filter: normal(random, [...kernel, from, to]),
  };
};

const graphOf = (step: StepFunction, inputs: StepInputs, block: number): Graph =>
  planStep(step, inputs, { ...targets.cores, block }).graph as Graph;

/** How many nodes a graph has, by operator; those for blocks begin with `blocks/`. */
function countOps(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op, domain } of nodesOf(graph)) {
    const name = domain === 'com.microsoft.nchwc' ? `blocks/${op}` : op;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Asserts that a step in blocks gives what it gives without, and is in blocks. */
async function expectSameInBlocks(step: StepFunction, inputs: StepInputs, block: number) {
  expect(countOps(graphOf(step, inputs, block))['blocks/Conv']).toBeGreaterThan(0);
  const inBlocks = await compileStep(step, { runtime: interpreterIn(block) })(inputs);
  expectSameTensors(inBlocks, await interpret(step)(inputs), 1e-5);
}

/** The same by onnxruntime, in the blocks that this machine has, if it has any. */
async function expectSameByOnnxruntime(step: StepFunction, inputs: StepInputs) {
  const { target, ...others } = nodeRuntime({ threads: 2 });
  const { findTarget: _, ...runtime } = { target, ...others };
  const without = await compileStep(step, { runtime })(inputs);
  expectSameTensors(await compileStep(step)(inputs), without, 1e-5);
}

describe('convolutions of images in blocks', () => {
  it.each(cases)(
    'of image %j, kernel %j, strides %j, padding %j',
    async (image, kernel, strides, padding) => {
      const step = convolving((x, filter) => tf.conv2d(x, filter, strides, padding));
      await expectSameInBlocks(step, inputsFor(image, kernel, [2, 2, 4]), 2);
      await expectSameInBlocks(step, inputsFor(image, kernel, [4, 3, 4]), 4);
      // Batches that are no whole blocks.
      await expectSameInBlocks(step, inputsFor(image, kernel, [6, 4, 8]), 4);
      await expectSameInBlocks(step, inputsFor(image, kernel, [2, 4, 4]), 4);
      for (const sizes of [
        [16, 16, 32],
        [8, 16, 16],
        [16, 32, 16],
        [16, 1, 16],
      ] as const) {
        await expectSameByOnnxruntime(step, inputsFor(image, kernel, sizes));
      }
    },
  );
});

describe('beside convolutions that are most of the work, one to few channels', () => {
  /** A wide convolution, then a thin one, whose filter is the wide one's beginning. */
  const thin =
    (channels: number, strides: Pair, padding: 'same' | 'valid' | number) =>
    (x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor => {
      const wide = tf.conv2d(x, filter, 1, 'same');
      const [height, width, inner] = filter.shape;
      const first = tf.slice(filter, [0, 0, 0, 0], [height, width, inner, channels]);
      return tf.conv2d(tf.add(wide, x) as tf.Tensor4D, first, strides, padding);
    };

  it.each(cases)(
    'of image %j, kernel %j, strides %j, padding %j',
    async (image, kernel, strides, padding) => {
      for (const channels of [1, 3]) {
        const step = convolving(thin(channels, strides, padding));
        await expectSameInBlocks(step, inputsFor(image, kernel, [4, 8, 8]), 4);
        await expectSameByOnnxruntime(step, inputsFor(image, kernel, [16, 16, 16]));
      }
    },
  );

  it('is computed in blocks, too, and its gradients are', () => {
    const step = convolving(thin(3, [1, 1], 'same'));
    const graph = graphOf(step, inputsFor([6, 6], [3, 3], [16, 16, 16]), 16);
    // Two convolutions, once for what is asked and once for the gradients, and two gradients of each.
    expect(countOps(graph)['blocks/Conv']).toBeGreaterThanOrEqual(6);
    expect(countOps(graph).Gemm).toBeUndefined();
  });
});

describe('what comes between convolutions in blocks', () => {
  const normalised = (y: tf.Tensor4D): tf.Tensor4D => {
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    return tf.batchNorm4d(y, mean as tf.Tensor1D, variance as tf.Tensor1D, row(y), row(y), 1e-3);
  };
  const conv = (x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D =>
    tf.conv2d(x, filter, 1, 'same');
  const row = (x: tf.Tensor): tf.Tensor1D => tf.range(1, x.shape.at(-1)! + 1);
  const operations: Record<string, (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor> = {
    'a normalisation over the batch': (x, w) => normalised(conv(x, w)),
    'one and a ReLU, added to another': (x, w) =>
      tf.relu(tf.add(normalised(conv(x, w)), tf.relu(normalised(conv(x, w))))),
    'rows added, taken off, multiplied': (x, w) => {
      const y = conv(x, w);
      return tf.sub(row(y), tf.mul(tf.add(y, row(y)), tf.sub(y, row(y))));
    },
    'numbers, divided and raised': (x, w) => tf.div(tf.maximum(tf.pow(conv(x, w), 2), 0.3), 7),
    'a channel each of its own image': (x, w) => {
      const y = conv(x, w);
      return tf.mul(y, tf.sigmoid(tf.mean(y, [1, 2], true)));
    },
    'each image normalised by itself, and a ReLU': (x, w) => {
      const y = instanceNormalise(conv(x, w)) as tf.Tensor4D;
      return tf.sub(tf.mul(tf.relu(y), row(y)), instanceNormalise(tf.relu(y)));
    },
    'images that have factors of their own, summed up': (x, w) => {
      const y = conv(x, w);
      const z = tf.mul(y, tf.mean(y, [1, 2], true));
      const squares = tf.square(tf.add(z, 0.5));
      const products = tf.mul(z, tf.mul(y, row(y)));
      return tf.concat([
        ...[tf.sum(z, [1, 2]), tf.mean(products, [1, 2]), tf.sum(squares, [1, 2])],
        ...[z, products, squares].map((a) => tf.expandDims(tf.mean(a, [0, 1, 2]), 0)),
      ]);
    },
    'channels side by side, taken apart and cut out': (x, w) => {
      const y = conv(x, w);
      const beside = tf.concat([tf.sigmoid(y), y, tf.relu(y)], 3);
      const [first, , last] = tf.split(beside, 3, 3) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      const [height, width, channels] = y.shape.slice(1) as [number, number, number];
      const size: [number, number, number, number] = [2, height, width, channels];
      const inside = tf.slice(beside, [0, 0, 0, channels], size);
      const across = tf.slice(beside, [0, 0, 0, channels - 1], size);
      return tf.concat([
        first,
        last,
        tf.add(inside, across),
        tf.reshape(tf.split(beside, 2, 1)[0]!, [-1, height, width, channels]),
      ]);
    },
    'products summed over some axes': (x, w) => tf.sum(tf.square(conv(x, w)), [0, 1]),
    'means of images, and of all': (x, w) => {
      const y = tf.neg(conv(x, w));
      return tf.concat([tf.mean(y, [1, 2]), tf.expandDims(tf.sum(y, [0, 1, 2]), 0)]);
    },
    'sums over other axes, and poolings': (x, w) => {
      const y = conv(x, w);
      return tf.add(tf.maxPool(y, 2, 1, 'same'), tf.sum(y, [0, 3], true));
    },
    'another shape': (x, w) => tf.reshape(tf.sub(conv(x, w), 1), [-1, 3, 2]),
    'sums of differences': (x, w) => {
      const y = tf.add(conv(x, w), 100);
      return tf.add(tf.sum(tf.abs(tf.sub(y, tf.mean(y, [0, 1, 2]))), [0, 1, 2]), tf.mean(y));
    },
  };

  it.each(Object.keys(operations))('%s', async (name) => {
    const step = convolving(operations[name]!);
    await expectSameInBlocks(step, inputsFor([6, 4], [3, 3], [2, 4, 4]), 2);
    await expectSameByOnnxruntime(step, inputsFor([6, 4], [3, 3], [16, 16, 16]));
  });

  it('NaN, infinities and numbers of any size', async () => {
    const size = [1, 1, 1, 16];
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];
    const numbers = [...values, 1e-37, -1e-37, 1e30, -1e30, 1, -1, 2, -2, 3, -3, 4];
    const step: StepFunction = ({ x, filter }) => {
      const f = (a: tf.Tensor): tf.Tensor =>
        tf.relu(
          tf.conv2d(tf.mul(tf.ones(size), a) as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
        );
      return { y: f(x!), dx: tf.grad(f)(x!) };
    };
    // Each channel by itself.
    const diagonal = Float32Array.from({ length: 256 }, (_, i) => (i % 17 === 0 ? 1 : 0));
    const filter: HostTensor = { dtype: 'float32', shape: [1, 1, 16, 16], values: diagonal };
    for (const number of numbers) {
      const x: HostTensor = { dtype: 'float32', shape: [], values: Float32Array.of(number) };
      await expectSameByOnnxruntime(step, { x, filter });
    }
  });

  it('runs on any number of threads to the same bits', async () => {
    const step = convolving((x, w) => tf.relu(normalised(conv(x, w))));
    const inputs = inputsFor([6, 6], [3, 3], [16, 16, 32]);
    const one = await compileStep(step, { threads: 1 })(inputs);
    for (const threads of [2, 3]) {
      expect(await compileStep(step, { threads })(inputs)).toEqual(one);
    }
  });

  it('is done part by part by a step that trains', async () => {
    const initial = normal(RandomStream.fromSeed(2), [3, 3, 16, 16]);
    const { x } = inputsFor([32, 32], [1, 1], [16, 16, 16]);
    const filter = tf.variable(tf.tensor4d(initial.values as Float32Array, [3, 3, 16, 16]));
    const step: StepFunction = ({ x: images }) => {
      const loss = (): tf.Scalar =>
        tf.mean(tf.square(tf.relu(conv(conv(images as tf.Tensor4D, filter), filter))));
      const { value, grads } = tf.variableGrads(loss, [filter]);
      filter.assign(tf.sub(filter, tf.mul(grads[filter.name]!, 0.01)));
      return { loss: value };
    };
    const trained = async (options: Parameters<typeof compileStep>[1]) => {
      filter.assign(tf.tensor4d(initial.values as Float32Array, [3, 3, 16, 16]));
      const run = compileStep(step, options);
      const losses = [(await run({ x: x! })).loss!, (await run({ x: x! })).loss!];
      const [first, second] = losses.map(({ values }) => values[0]!) as [number, number];
      const values = (await filter.data()) as Float32Array;
      await run.dispose();
      const trainedFilter: HostTensor = { dtype: 'float32', shape: initial.shape, values };
      return { first, second, filter: trainedFilter };
    };
    const { graph } = planStep(step, { x: x! }, { ...targets.cores, block: 16 });
    const { count, part, after } = graph as SplitGraph;
    expect(count).toBe(2);
    // Two convolutions, the gradient for what is between them, and one for the filter of each.
    expect(countOps(part)['blocks/Conv']).toBeGreaterThanOrEqual(5);
    expect(countOps(part).Gemm).toBeUndefined();
    expect(countOps(after)['blocks/Conv']).toBeUndefined();

    const inParts = await trained({ threads: 2 });
    expect(await trained({ threads: 1 })).toEqual(inParts);
    const { findTarget: _, ...byPatches } = nodeRuntime({ threads: 2 });
    expectSameTensors(
      { filter: inParts.filter },
      { filter: (await trained({ runtime: byPatches })).filter },
      1e-5,
    );
    expect(inParts.second).toBeLessThan(inParts.first);
  });

  it('is done part by part by a step that only looks', async () => {
    const random = RandomStream.fromSeed(2);
    const filter = tf.variable(
      tf.tensor4d(normal(random, [3, 3, 32, 32]).values as Float32Array, [3, 3, 32, 32]),
    );
    const step: StepFunction = ({ x }) => {
      const y = tf.relu(conv(x as tf.Tensor4D, filter));
      return { y: tf.relu(tf.add(conv(y, filter), y)) };
    };
    const { x } = inputsFor([32, 32], [1, 1], [16, 32, 32]);
    const { graph, prepare } = planStep(step, { x: x! }, { ...targets.cores, block: 16 });
    const { part, before } = graph as SplitGraph;
    expect(countOps(part)).toMatchObject({ 'blocks/Conv': 2 });
    // Filters are laid out once.
    expect(countOps(part).Transpose).toBeUndefined();
    expect(before.outputs).toEqual([]);
    expect(countOps(prepare!)).toMatchObject({ Transpose: 1 });
    await expectSameByOnnxruntime(step, { x: x! });
  });

  it('counts as products only where channels mix', () => {
    const step: StepFunction = ({ x, filter }) => ({
      y: normalised(conv(x as tf.Tensor4D, filter as tf.Tensor4D)),
    });
    const graph = graphOf(step, inputsFor([6, 4], [3, 3], [16, 16, 16]), 16);
    expect(countOps(graph)['blocks/Conv']).toBeGreaterThan(3);
    expect(nodesOf(graph).filter(isProduct)).toHaveLength(1);
  });

  it('is left alone where convolutions are the lesser part', () => {
    const step: StepFunction = ({ x, filter }) => ({
      y: tf.matMul(
        tf.reshape(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'), [16, -1]),
        tf.zeros([16 * 36, 600]),
      ),
    });
    const graph = graphOf(step, inputsFor([6, 6], [1, 1], [16, 16, 16]), 16);
    expect(countOps(graph)['blocks/Conv']).toBeUndefined();
  });
});
