import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run, succeeding } from '../support/cli.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const door = new URL('../../src/compile/index.ts', import.meta.url).href;

/** What a script prints that imports TensorFlow.js and the compiler, and nothing else. */
async function printed(body: string): Promise<unknown> {
  const script = `
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-cpu';
    import { compile, dispose, float32, hostState, nodesOf, targets } from ${JSON.stringify(door)};
    ${body}
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const { stdout } = await succeeding(run(process.execPath, args, { cwd: root }));
  return JSON.parse(stdout);
}

it('the compiler by itself has the right gradients of gradients', async () => {
  // Of the square of the slope of x · tanh x, at 0.7; stock TensorFlow.js says 2.6626.
  const slope = await printed(`
    const slope = (x) => tf.grad((x) => tf.sum(tf.mul(x, tf.tanh(x))))(x);
    const step = compile(({ x }) => ({ y: tf.grad((x) => tf.sum(tf.square(slope(x))))(x) }));
    const { y } = await step({ x: float32([1], Float32Array.of(0.7)) });
    console.log(y.values[0]);
  `);
  const square = (x: number) => (Math.tanh(x) + x * (1 - Math.tanh(x) ** 2)) ** 2;
  expect(slope).toBeCloseTo((square(0.7 + 1e-5) - square(0.7 - 1e-5)) / 2e-5, 5);
});

it('the compiler by itself leaves nothing behind', async () => {
  const resources = await printed(`
    const threads = () => process.report.getReport().workers.length;
    const before = threads();
    const step = compile(({ x }) => ({ sum: tf.sum(tf.relu(x)) }), { threads: 2 });
    const { sum } = await step({ x: float32([64, 4096], new Float32Array(64 * 4096).fill(1)) });
    if (sum.values[0] !== 262144) throw new Error('wrong');
    const during = threads() - before;
    await step.dispose();
    await dispose();
    const after = threads() - before;
    console.log(JSON.stringify({ during, after }));
  `);
  expect(resources).toEqual({ during: 1, after: 0 });
});

it('the compiler by itself takes a runtime that was written elsewhere', async () => {
  const results = await printed(`
    const sizeOf = (shape) => shape.reduce((product, length) => product * length, 1);
    const operators = { Add: (a, b) => a + b, Mul: (a, b) => a * b };
    const runtime = {
      target: { ...targets.cores, name: 'adder', ownOperators: new Set(), splits: false },
      store: hostState,
      load: async (graph) => ({
        async run(inputs, into = []) {
          const known = new Map(graph.inputs.map(({ value }, i) => [value, inputs[i]]));
          const valuesOf = (value) =>
            known.get(value) ??
            value.constant.values ??
            new Float32Array(sizeOf(value.shape)).fill(value.constant.splat);
          for (const { op, inputs, outputs: [output] } of nodesOf(graph)) {
            const [a, b] = inputs.map(valuesOf);
            const at = (values, i) => values[i % values.length];
            const result = new Float32Array(sizeOf(output.shape));
            known.set(output, result.map((_, i) => operators[op](at(a, i), at(b, i))));
          }
          return graph.outputs.map(({ value }, i) => {
            const values = into[i] ?? new Float32Array(sizeOf(value.shape));
            values.set(valuesOf(value));
            return values;
          });
        },
        release: async () => {},
      }),
    };
    const sum = tf.variable(tf.tensor1d([1, 2]));
    const step = compile(
      ({ x }) => {
        sum.assign(tf.add(sum, x));
        return { twice: tf.mul(sum, 2) };
      },
      { runtime },
    );
    await step({ x: float32([1], Float32Array.of(3)) });
    const { twice } = await step({ x: float32([1], Float32Array.of(4)) });
    console.log(JSON.stringify([...twice.values, ...sum.dataSync()]));
  `);
  expect(results).toEqual([16, 18, 8, 9]);
});
