import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../src/compile/compile.js';
import { CompileError } from '../../src/compile/errors.js';
import { Builder } from '../../src/compile/graph/builder.js';
import { type Graph, nodesOf, type Value } from '../../src/compile/graph/graph.js';
import { binaryOps, unaryOps } from '../../src/compile/graph/ops.js';
import { splitInto } from '../../src/compile/passes/split/assemble.js';
import type { Runtime } from '../../src/compile/runtime/runtime.js';
import { float32, int32, scalar } from '../../src/compile/step.js';
import { targets } from '../../src/compile/target.js';
import { inputPorts, outputPorts } from './graph.js';
import { interpreter } from './interpreter/interpreter.js';

const build = new Builder();
const x = build.input('float32', [4]);
const graphOf = (y: Value, inputs: Readonly<Record<string, Value>> = { x }): Graph => ({
  inputs: inputPorts(inputs),
  outputs: outputPorts({ y }),
});

async function numbersOf(y: Value, ...numbers: number[]) {
  const session = await interpreter.load(graphOf(y));
  return Array.from((await session.run([Float32Array.from(numbers)]))[0]! as Float32Array);
}

describe('the interpreter', () => {
  it.each([...unaryOps, ...binaryOps])('knows %s', async (op) => {
    const inputs = (binaryOps as readonly string[]).includes(op) ? [x, x] : [x];
    expect(await numbersOf(build.op(op, inputs, x), 0.25, 0.5, 0.75, 1)).toHaveLength(4);
  });

  it('rounds what each operation makes to float32', async () => {
    const third = build.op('Div', [x, build.constant('float32', [4], [3, 3, 3, 7])], x);
    const back = build.op('Mul', [third, build.constant('float32', [4], [3, 3, 3, 7])], x);
    const rounded = [1, 2, 5, 1].map((n, i) => {
      const divisor = [3, 3, 3, 7][i]!;
      return Math.fround(Math.fround(n / divisor) * divisor);
    });
    expect(await numbersOf(back, 1, 2, 5, 1)).toEqual(rounded);
  });

  it('rounds halves to even, and has an error function with all digits', async () => {
    expect(await numbersOf(build.unary('Round', x), 0.5, 1.5, -2.5, 2.4)).toEqual([0, 2, -2, 2]);
    // https://dlmf.nist.gov/7.23
    const erf = [0.5204998778, 0.8427007929, -0.9999779095, 1].map(Math.fround);
    expect(await numbersOf(build.unary('Erf', x), 0.5, 1, -3, 8)).toEqual(erf);
  });

  it('runs a compiled step, without operators that only onnxruntime has', async () => {
    const loaded: Graph[] = [];
    const runtime: Runtime = {
      ...interpreter,
      async load(graph) {
        loaded.push(graph as Graph);
        return interpreter.load(graph);
      },
    };
    const weight = tf.variable(tf.tensor([1, 2], [1, 2]));
    const step = compileStep(
      ({ x, n }) => {
        const products = tf.matMul(tf.mul(x!, 2), x!, false, true);
        weight.assign(tf.add(weight, 1));
        return { products, weight: tf.clone(weight), n: tf.add(n!, tf.scalar(1, 'int32')) };
      },
      { runtime },
    );
    const inputs = {
      x: float32([2, 1, 2], Float32Array.of(1, 2, 3, 4)),
      n: int32([2], Int32Array.of(7, -7)),
    };
    expect(await step(inputs)).toEqual({
      products: float32([2, 1, 1], Float32Array.of(10, 50)),
      weight: float32([1, 2], Float32Array.of(2, 3)),
      n: int32([2], Int32Array.of(8, -6)),
    });
    expect(Array.from(weight.dataSync())).toEqual([2, 3]);
    expect(nodesOf(loaded[0]!).every(({ domain }) => domain === '')).toBe(true);
    weight.dispose();
    await step.dispose();
  });

  it('runs steps for targets alone that keep variables', async () => {
    const runtime = { ...interpreter, target: targets.file };
    await expect(
      compileStep(({ x }) => ({ x: x! }), { runtime })({ x: scalar(1) }),
    ).rejects.toThrow(new CompileError('an ONNX file keeps no variables between runs'));
  });

  it('refuses what it does not know, and parts', async () => {
    await expect(interpreter.load(graphOf(build.op('Whirlpool', [x], x)))).rejects.toThrow(
      new CompileError('the interpreter does not know Whirlpool'),
    );
    const batch = build.input('float32', [4, 2]);
    const split = splitInto(2, graphOf(build.unary('Tanh', batch), { batch }), build);
    await expect(interpreter.load(split)).rejects.toThrow('the interpreter runs no parts');
  });
});
