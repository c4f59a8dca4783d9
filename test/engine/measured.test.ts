import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { scalar } from '../../src/compile/step.js';
import { asEngineStep, type Engine, type EngineName } from '../../src/engine/engine.js';
import { mayHaveGpu } from '../../src/engine/gpu.js';
import { measuredEngine } from '../../src/engine/measured.js';
import { onnx as onnxSource } from '../../src/engine/onnx.js';
import { openEngine } from '../../src/engine/open.js';
import type { EngineSource } from '../../src/engine/source.js';
import { EngineError } from '../../src/errors.js';

let onnx: Engine;
/** What the clock says, and who computed. */
let time = 0;
let ran: string[] = [];
let said: string[] = [];

beforeAll(async () => {
  onnx = (await openEngine('onnx', undefined, { threads: 1 })).engine;
});
afterEach(() => {
  tf.disposeVariables();
  [time, ran, said] = [0, [], []];
});

/** The engine `onnx` by another name, of which a run takes so many milliseconds of a clock of ours. */
const taking = (name: EngineName, milliseconds: number | 'fails'): Engine => ({
  ...onnx,
  name,
  devices: [`the ${name}`],
  compile(step) {
    const run = onnx.compile(step);
    return asEngineStep(async (inputs) => {
      if (milliseconds === 'fails') throw new EngineError('it is on fire');
      ran.push(name);
      time += milliseconds;
      return run(inputs);
    }, run.dispose);
  },
});

const measured = (...engines: Engine[]): Engine =>
  measuredEngine(engines, { say: (line) => said.push(line), now: () => time });

const variable = (value: number): tf.Variable => tf.tidy(() => tf.variable(tf.scalar(value)));
const doubling = (a: tf.Variable) => () => {
  a.assign(tf.mul(a, 2));
  return { a: tf.clone(a) };
};

describe('measuredEngine', () => {
  it.each([
    [40, 12, 'webgpu', 'onnx on the onnx 40.0 ms, webgpu on the webgpu 12.0 ms: webgpu'],
    [40, 400, 'onnx', 'onnx on the onnx 40.0 ms, webgpu on the webgpu 400 ms: onnx'],
    [
      40,
      'fails',
      'onnx',
      'onnx on the onnx 40.0 ms, webgpu on the webgpu failed (it is on fire): onnx',
    ],
  ] as const)('of %s and %s ms takes the faster, and says so', async (cores, gpu, name, line) => {
    const a = variable(1);
    const engine = measured(taking('onnx', cores), taking('webgpu', gpu));
    expect(engine).toMatchObject({ name: 'onnx' });
    expect(engine.devices.join(', ')).toBe(
      'the onnx, or webgpu on the webgpu where that proves faster',
    );
    const step = engine.compile(doubling(a));
    const before = tf.memory().numTensors;
    // What was measured has left no trace.
    for (const value of [2, 4, 8]) expect((await step({})).a!.values[0]).toBe(value);
    expect(a.dataSync()[0]).toBe(8);
    expect(tf.memory().numTensors).toBe(before);
    expect(said).toEqual([`engine: a step takes ${line} from here on`]);
    expect(ran.slice(-3)).toEqual([name, name, name]);
    expect(engine).toMatchObject({ name, devices: [`the ${name}`] });
    await step.dispose();
  });

  it('measures no step that changes nothing, and each only once', async () => {
    const a = variable(3);
    const engine = measured(taking('onnx', 9), taking('webgpu', 1));
    const draw = engine.compile(({ x }) => ({ y: tf.mul(a, x!) }));
    expect((await draw({ x: scalar(2) })).y!.values[0]).toBe(6);
    expect(ran).toEqual(['onnx']);
    const steps = [doubling(a), doubling(a)].map((step) => engine.compile(step));
    const values = await Promise.all(steps.map((step) => step({})));
    expect(values.map((value) => value.a!.values[0])).toEqual([6, 12]);
    expect(said).toHaveLength(1);
    expect((await draw({ x: scalar(2) })).y!.values[0]).toBe(24);
    expect(ran.at(-1)).toBe('webgpu');
  });

  it('fails as the cores do', async () => {
    const step = measured(taking('onnx', 'fails'), taking('webgpu', 1)).compile(
      doubling(variable(1)),
    );
    await expect(step({})).rejects.toThrow('it is on fire');
  });
});

describe('auto', () => {
  const gpu = (loads: boolean | undefined): EngineSource => {
    const probe = { name: 'webgpu', loads: loads === true, why: '', devices: ['the GPU'] } as const;
    return {
      name: 'webgpu',
      probe: async () => probe,
      challenge: async () => (loads === undefined ? undefined : probe),
      open: async () => taking('webgpu', 1),
    };
  };
  const open = (source: EngineSource, options = {}) =>
    openEngine('auto', [source, onnxSource], options);

  it('has a GPU timed where a training is to come', async () => {
    const { engine, reason } = await open(gpu(true), { forTraining: true });
    expect(reason).toMatch(/; webgpu on the webgpu is timed against it at the first step$/);
    expect(engine.devices.join()).toContain('webgpu on the webgpu where that proves faster');
  });

  it.each([
    [gpu(true), {}],
    [gpu(true), { forTraining: true, threads: 1 }],
    [gpu(undefined), { forTraining: true }],
    [gpu(false), { forTraining: true }],
  ])('takes the cores otherwise: %#', async (source, options) => {
    const { engine, reason } = await open(source, options);
    expect(engine.name).toBe('onnx');
    expect(reason).not.toContain('webgpu');
  });
});

it('a Linux without the files of a GPU has none', async () => {
  expect(await mayHaveGpu('linux', '/nowhere')).toBe(false);
  expect(await mayHaveGpu('darwin', '/nowhere')).toBe(true);
});
