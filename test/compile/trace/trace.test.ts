import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CompileOptions, compileStep } from '../../../src/compile/compile.js';
import { CompileError } from '../../../src/compile/errors.js';
import { Builder } from '../../../src/compile/graph/builder.js';
import { nodeRuntime } from '../../../src/compile/runtime/node/runtime.js';
import { refusalOf } from '../../../src/compile/runtime/refusal.js';
import { float32, type HostTensor, type StepFunction } from '../../../src/compile/step.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const thisFile = fileURLToPath(import.meta.url);
const x = () => float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));

/** What a step is refused with, and the line of this file that is to blame. */
async function refusal(
  step: StepFunction,
  options?: CompileOptions,
): Promise<{ why: string; line: string | undefined }> {
  const thrown = await compileStep(
    step,
    options,
  )({ x: x() }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(CompileError);
  const [why, place] = (thrown as CompileError).message.split(', called at ') as [string, string?];
  if (place === undefined) return { why, line: undefined };
  const [, file, line] = /^(.*):(\d+):\d+$/.exec(place) as unknown as [string, string, string];
  expect(file).toBe(thisFile);
  const lines = (await readFile(thisFile, 'utf8')).split('\n');
  return { why, line: lines[Number(line) - 1]!.trim() };
}

/** An operation that has no lowering. */
const distinct = (x: tf.Tensor): tf.Tensor => tf.unique(tf.reshape(x, [-1]) as tf.Tensor1D).values;

const noUnique =
  'compile has no lowering of Unique (the shape of what it makes follows from the values that it is given: call it outside of the step)';

describe('a step is refused when it', () => {
  it('uses an operation without a lowering', async () => {
    const { why, line } = await refusal(({ x }) => ({ y: distinct(x!) }));
    expect(why).toBe(noUnique);
    expect(line).toContain('tf.unique(');
  });

  it('uses one in a gradient', async () => {
    const { why, line } = await refusal(({ x }) => {
      const weigh = tf.customGrad((x) => ({
        value: tf.sum(x as tf.Tensor),
        gradFunc: () => tf.add(tf.zerosLike(x as tf.Tensor), tf.unique(tf.ones([3])).values),
      }));
      return { gradient: tf.grad((x) => weigh(x) as tf.Tensor)(x!) };
    });
    expect(why).toBe(noUnique);
    expect(line).toContain('gradFunc: ');
  });

  it('applies a model that uses one', async () => {
    class Distinct extends tfl.layers.Layer {
      static className = 'Distinct';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.softmax(distinct([inputs].flat()[0]!));
      }
    }
    const input = tfl.input({ shape: [3] });
    const output = new Distinct({}).apply(input) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs: output });
    const { why, line } = await refusal(({ x }) => ({ y: model.apply(x!) as tf.Tensor }));
    expect(why).toBe(noUnique);
    expect(line).toContain('tf.unique(');
  });

  it('reads a value', async () => {
    const { why, line } = await refusal(({ x }) => ({ y: tf.tensor(x!.dataSync()) }));
    expect(why).toBe(
      'a step read a value while it was traced; a step is a pure function of tensors',
    );
    expect(line).toContain('x!.dataSync()');
  });

  it('reads a value, and goes on as if nothing had been', async () => {
    const { why, line } = await refusal(({ x }) => {
      try {
        return { y: tf.tensor(x!.dataSync()) };
      } catch {
        return { y: tf.zeros([1]) };
      }
    });
    expect(why).toContain('a step read a value while it was traced');
    expect(line).toContain('x!.dataSync()');
  });

  it('reads a large constant of its own', async () => {
    const values = Float32Array.from({ length: 70_000 }, (_, i) => i);
    const { why, line } = await refusal(() => ({ y: tf.scalar(tf.tensor(values).dataSync()[1]!) }));
    expect(why).toContain('a traced step makes a constant of shape [70000]');
    expect(line).toContain('tf.tensor(values)');
  });

  it.each<[string, (x: tf.Tensor) => unknown]>([
    ['awaits', async (x) => ({ y: tf.tensor(await x.data()) })],
    ['does not await', (x) => void x.data().then((values) => tf.tensor(values))],
    ['prints, some day,', (x) => void (async () => tf.tensor(await x.array()))()],
    ['lets a constant come back of, and awaits', async () => void (await tf.scalar(1).data())],
  ])('%s a value that is to come', async (_, step) => {
    const { why, line } = await refusal(({ x }) => (step(x!) ?? { x: x! }) as never);
    expect(why).toContain('a step read a value while it was traced');
    expect(line).toMatch(/\.(data|array)\(\)/);
  });

  it.each<[string, StepFunction]>([
    ['randomNormal', () => ({ y: tf.neg(tf.randomNormal([3])) })],
    ['randomUniform', ({ x }) => ({ y: tf.add(x!, tf.randomUniform([3])) })],
    ['randomUniformInt', ({ x }) => ({ y: tf.add(x!, tf.randomUniformInt([3], 0, 9)) })],
    ['randomStandardNormal', () => ({ y: tf.randomStandardNormal([2]) })],
    ['randomGamma', () => ({ y: tf.randomGamma([2], 1) })],
    ['truncatedNormal', () => ({ y: tf.truncatedNormal([]) })],
    ['multinomial', ({ x }) => ({ y: tf.multinomial(x! as tf.Tensor2D, 2) })],
    ['dropout', ({ x }) => ({ y: tf.dropout(x!, 0.5) })],
  ])('draws random numbers with %s, and is to draw none', async (op, step) => {
    const { why, line } = await refusal(step, { random: 'refuse' });
    expect(why).toBe(
      `a traced step draws random numbers with tf.${op}, and is to draw none: make them an input of the step`,
    );
    expect(line).toContain(`tf.${op}(`);
  });

  it('has a layer draw them', async () => {
    const layers = [tfl.layers.dropout({ rate: 0.5, inputShape: [3] })];
    const model = tfl.sequential({ layers });
    const apply =
      (training: boolean): StepFunction =>
      ({ x }) => ({
        y: model.apply(x!, { training }) as tf.Tensor,
      });
    const { why, line } = await refusal(apply(true), { random: 'refuse' });
    expect(why).toContain('a traced step draws random numbers with tf.dropout');
    expect(line).toContain('model.apply(');
    await expect(compileStep(apply(false))({ x: x() })).resolves.toEqual({ y: x() });
  });

  it.each<[string, (model: tfl.LayersModel, x: tf.Tensor) => unknown]>([
    ['fit', (model, x) => void model.fit(x, x)],
    ['trainOnBatch', (model, x) => ({ loss: model.trainOnBatch(x, x) })],
    ['trainOnBatch', async (model, x) => ({ loss: await model.trainOnBatch(x, x) })],
    ['evaluate', (model, x) => ({ loss: model.evaluate(x, x) })],
  ])('calls model.%s', async (method, call) => {
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 3, inputShape: [3] })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const { why, line } = await refusal(({ x }) => call(model, x!) as never);
    expect(why).toContain(`a step calls model.${method}, which is no part of a step`);
    expect(line).toContain(`model.${method}(`);
    const rows = tf.ones([2, 3]);
    expect(await model.trainOnBatch(rows, rows)).toEqual(expect.any(Number));
  });

  it('calls a compiled step, awaited by nobody', async () => {
    const inner = compileStep(({ x }) => ({ y: tf.mul(x!, 2) }));
    for (const given of [(input: tf.Tensor) => input, x]) {
      const { why, line } = await refusal(({ x }) => {
        void inner({ x: given(x!) });
        return { y: tf.neg(x!) };
      });
      expect(why).toContain('a step calls a compiled step, which is no part of it');
      expect(line).toContain('void inner(');
    }
    expect((await inner({ x: x() })).y!.values[5]).toBe(12);
  });

  it('gives an operation what does not fit together', async () => {
    const { why, line } = await refusal(({ x }) => ({ y: tf.matMul(x!, x!) }));
    expect(why).toContain('BatchMatMul cannot be compiled: [2,3] × [2,3]: inner lengths differ');
    expect(line).toContain('tf.matMul(x!, x!)');
    const missing = await refusal(({ y }) => ({ y: tf.neg(y!) }));
    expect(missing.why).toContain("a step failed: Argument 'x' passed to 'neg'");
    expect(missing.line).toContain('tf.neg(y!)');
  });

  it('captures or makes a large constant', async () => {
    const large = tf.range(0, 70_000);
    expect(await refusal(() => ({ y: tf.neg(large) }))).toMatchObject({
      why: 'a traced step captured a constant of shape [70000]: make it an input of the step, or a tf.variable',
      line: expect.stringContaining('tf.neg(large)'),
    });
    const values = large.dataSync();
    expect(await refusal(() => ({ y: tf.neg(tf.tensor1d(values)) }))).toMatchObject({
      why: 'a traced step makes a constant of shape [70000]: make it an input of the step',
      line: expect.stringContaining('tf.tensor1d(values)'),
    });
  });

  it('returns what is no tensor, or of a type that no engine returns', async () => {
    expect(await refusal(() => ({ loss: 3 as unknown as tf.Tensor }))).toEqual({
      why: "step output 'loss' is not a tensor",
      line: undefined,
    });
    expect(await refusal(() => ({ loss: Promise.reject(new Error('late')) as never }))).toEqual({
      why: "step output 'loss' is a promise: a step is to return its tensors at once",
      line: undefined,
    });
    expect(await refusal(({ x }) => ({ high: tf.greater(x!, 2) }))).toEqual({
      why: "step output 'high' has dtype bool; cast it to float32 or int32",
      line: undefined,
    });
  });

  it.each<[() => unknown, string]>([
    [() => undefined, 'a step returned no object of tensors, such as { loss }'],
    [() => null, 'a step returned no object of tensors, such as { loss }'],
    [() => tf.scalar(1), 'a step returned no object of tensors, such as { loss }'],
    [
      () => Promise.reject(new Error('late')),
      'a step is async: it is to return its tensors at once',
    ],
    [() => ({}), 'a step returns no tensor and assigns no variable'],
  ])('returns %s', async (step, why) => {
    expect((await refusal(step as StepFunction)).why).toBe(why);
  });

  it('uses complex numbers or strings', async () => {
    expect((await refusal(() => ({ y: tf.tensor1d(['a']) }))).why).toBe(
      'compile has no string tensors',
    );
  });
});

describe('what onnxruntime refuses', () => {
  it('has the name of its operation', async () => {
    const build = new Builder();
    const value = build.input('int32', [2]);
    build.origin = 'Sin@3';
    const sine = build.op('Sin', [value], value);
    const graph = {
      inputs: [{ port: { kind: 'input', name: 'x' } as const, value }],
      outputs: [{ port: { kind: 'output', name: 'y' } as const, value: sine }],
    };
    await expect(nodeRuntime({ threads: 1 }).load(graph)).rejects.toThrow(
      'onnxruntime could not compile the step at Sin: ',
    );
  });

  it('has its line', async () => {
    const runtime = {
      ...nodeRuntime({ threads: 1 }),
      load: () => Promise.reject(refusalOf('compile', new Error('no int32 in node (Neg@2.7)'))),
    };
    const step = ({ x }: Record<string, tf.Tensor>) => {
      const once = tf.neg(x!);
      return { y: tf.mul(once, tf.neg(tf.abs(once))) };
    };
    const { why, line } = await refusal(step, { runtime });
    expect(why).toBe('onnxruntime could not compile the step at Neg: no int32 in node (Neg@2.7)');
    expect(line).toContain('tf.neg(tf.abs(once))');
  });
});

it('a run that fails names the operation and the line', async () => {
  const step = compileStep(({ x }) => ({ y: tf.gather(tf.relu(x!), tf.cast(x!, 'int32'), 1) }));
  const thrown: unknown = await step({ x: x() }).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(CompileError);
  expect(String(thrown)).toContain('onnxruntime could not run the step at GatherV2: ');
  expect(String(thrown)).toContain(`, called at ${thisFile}:`);
});

describe('a refused step', () => {
  it('leaves TensorFlow.js as it was', async () => {
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const before = tf.memory();
    const failing: StepFunction = ({ x }) => {
      weight.assign(tf.zeros([3]));
      return { gradient: tf.grad((x) => tf.sum(tf.mul(distinct(x), weight)))(x!) };
    };
    await expect(compileStep(failing)({ x: x() })).rejects.toThrow('Unique');
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory()).toEqual(before);
    expect(Array.from(weight.dataSync())).toEqual([1, 2, 3]);
    expect(
      Array.from(
        tf
          .grad((x) => tf.square(x))(tf.scalar(3))
          .dataSync(),
      ),
    ).toEqual([6]);
    weight.dispose();
  });

  it('passes on what the step itself throws', async () => {
    const step = compileStep(() => {
      throw new RangeError('half-way');
    });
    await expect(step({ x: x() })).rejects.toThrow(new RangeError('half-way'));
  });

  it('is named with its line outside of a test runner too', async () => {
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    // Of a folder whose name could be mistaken for TensorFlow.js.
    const folder = await mkdtemp(`${root}test/tfjs-core-`);
    const script = `${folder}/step.ts`;
    const lines = [
      "import * as tf from '@tensorflow/tfjs-core';",
      "import { compileStep } from '../../src/compile/compile.js';",
      'const step = compileStep(',
      '  () => ({ y: tf.unique(tf.ones([2])).values }));',
      'step({}).catch((error) => process.stdout.write(error.message));',
    ];
    let stdout: string;
    try {
      await writeFile(script, lines.join('\n'));
      const command = ['--import', 'tsx', script];
      ({ stdout } = await promisify(execFile)(process.execPath, command, { cwd: root }));
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(stdout).toContain(`${noUnique}, called at ${script}:4:18`);
  });
});

describe('an input', () => {
  it('is refused when its values do not fill its shape', async () => {
    const step = compileStep(({ x }) => ({ x: x! }));
    await expect(step({ x: float32([2, 3], new Float32Array(5)) })).rejects.toThrow(
      new CompileError("step input 'x': shape [2, 3] holds 6 values, but 5 were given"),
    );
  });

  it.each([[1, 2], Int32Array.of(1, 2), undefined])('is refused when it is %j', async (values) => {
    const x = { dtype: 'float32', shape: [2], values } as unknown as HostTensor;
    await expect(compileStep(({ x }) => ({ x: x! }))({ x })).rejects.toThrow(
      new CompileError("step input 'x' is no host tensor: make it with float32, int32 or uint8"),
    );
  });

  it('is copied as soon as it is given', async () => {
    const step = compileStep(({ x }) => ({ sum: tf.sum(x!) }));
    const input = x();
    const run = step({ x: input });
    input.values.fill(0);
    expect((await run).sum!.values[0]).toBe(21);
  });
});
