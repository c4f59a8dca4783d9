import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { StepFunction } from '../src/compile/step.js';
import { eagerEngine } from '../src/engine/eager.js';
import type { Engine } from '../src/engine/engine.js';
import { openEngine } from '../src/engine/open.js';
import { createInference, usualBatchSize } from '../src/inference.js';
import '@tensorflow/tfjs-backend-cpu';

/** Each row's sum beside the row of its weights. */
const step: StepFunction = ({ images, weights }) => {
  const rows = tf.cast(images!, 'float32');
  const sums = tf.sum(rows, [1, 2]);
  return { sums, ...(weights && { scaled: tf.mul(tf.expandDims(sums, 1), weights) }) };
};

/** An engine that notes the shapes of what its steps are given. */
function watched(engine: Engine): { engine: Engine; shapes: string[] } {
  const shapes: string[] = [];
  const compile: Engine['compile'] = (compiled) => {
    const run = engine.compile(compiled);
    return Object.assign(
      (inputs: Parameters<typeof run>[0]) => {
        shapes.push(
          Object.values(inputs)
            .map(({ dtype, shape }) => `${dtype}[${shape}]`)
            .join(),
        );
        return run(inputs);
      },
      { dispose: run.dispose },
    );
  };
  return { engine: { ...engine, compile }, shapes };
}

const cpu = eagerEngine('cpu', [], 'cpu');
const options = { inputs: { images: [2, 3] }, outputs: { sums: 1 }, batchSize: 4 };
const bytes = (count: number) => Uint8Array.from({ length: 6 * count }, (_, i) => (i * 37) % 256);
const sumsOf = (values: ArrayLike<number>) =>
  Array.from({ length: values.length / 6 }, (_, row) =>
    Array.from(values)
      .slice(6 * row, 6 * row + 6)
      .reduce((a, b) => a + b),
  );

describe('createInference', () => {
  it.each([0, 1, 4, 5, 11])('answers each of %d rows, bytes or numbers', async (count) => {
    const infer = createInference(cpu, step, options);
    const images = bytes(count);
    const { sums } = await infer({ images });
    expect([...sums]).toEqual(sumsOf(images));
    expect((await infer({ images: new Float32Array(images) })).sums).toEqual(sums);
  });

  it('shows an engine that compiles one shape whatever the number of rows', async () => {
    const { engine, shapes } = watched((await openEngine('onnx')).engine);
    const infer = createInference(engine, step, options);
    const eleven = await infer({ images: bytes(11) });
    const three = await infer({ images: bytes(3) });
    expect([...eleven.sums]).toEqual(sumsOf(bytes(11)));
    expect(three.sums).toEqual(eleven.sums.subarray(0, 3));
    expect(new Set(shapes)).toEqual(new Set(['uint8[4,2,3]']));
    expect(shapes).toHaveLength(4);
  });

  it('spares an engine that does not the rows that nobody asked for', async () => {
    const { engine, shapes } = watched(cpu);
    await createInference(engine, step, options)({ images: bytes(5) });
    expect(shapes).toEqual(['uint8[4,2,3]', 'uint8[1,2,3]']);
  });

  it('takes several inputs and outputs side by side', async () => {
    const infer = createInference(cpu, step, {
      inputs: { images: [2, 3], weights: [2] },
      outputs: { sums: 1, scaled: 2 },
      batchSize: 2,
    });
    const { sums, scaled } = await infer({
      images: bytes(3),
      weights: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
    expect([...scaled]).toEqual(
      [...sums].flatMap((sum, i) => [sum * (2 * i + 1), sum * (2 * i + 2)]),
    );
  });

  it('refuses parts of rows, and inputs of different numbers of rows', async () => {
    const infer = createInference(cpu, step, {
      inputs: { images: [2, 3], weights: [2] },
      outputs: { sums: 1, scaled: 2 },
    });
    const weights = new Float32Array(4);
    await expect(infer({ images: new Uint8Array(13), weights })).rejects.toThrow(
      new RangeError('images of 2×3 do not add up to 13'),
    );
    await expect(infer({ images: bytes(3), weights })).rejects.toThrow(
      new RangeError('weights of 2 do not add up to 4'),
    );
  });
});

it('makes smaller batches of longer rows', () => {
  expect([784, 3072, 64 * 64 * 3, 224 * 224 * 3, 1e7].map(usualBatchSize)).toEqual([
    ...[100, 100, 25, 2, 1],
  ]);
});
