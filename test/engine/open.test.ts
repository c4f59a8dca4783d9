import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { float32 } from '../../src/compile/step.js';
import { cpu } from '../../src/engine/cpu.js';
import type { EngineName } from '../../src/engine/engine.js';
import { engineNames } from '../../src/engine/engine.js';
import { engineSources, openEngine } from '../../src/engine/open.js';
import type { EngineProbe, EngineSource } from '../../src/engine/source.js';
import { EngineError, UsageError } from '../../src/errors.js';

const processListeners = () => [
  process.rawListeners('uncaughtException'),
  process.rawListeners('unhandledRejection'),
];
const listenersAtStart = processListeners();

/** An engine that answers as told; the `cpu` engine stands in for it when it is opened. */
function made(name: EngineName, answer: { devices: string[] } | { why: string }): EngineSource {
  const loads = 'devices' in answer;
  return {
    name,
    probe: async () => ({ name, loads, why: 'as told', devices: [], ...answer }),
    open: (devices) => cpu.open(devices),
  };
}

describe('the choice of an engine', () => {
  const gpu = made('tensorflow-gpu', { devices: ['NVIDIA A100'] });
  const noGpu = made('tensorflow-gpu', { why: 'no GPU in sight' });
  const library = made('tensorflow', { devices: ['CPU (TensorFlow 2.9.1)'] });
  const neither = ['tensorflow-gpu', 'tensorflow'].map((name) =>
    made(name as EngineName, { why: 'not installed' }),
  );
  const wasm = made('wasm', { devices: ['CPU (WebAssembly)'] });

  it.each([
    [[gpu, library, wasm], 'tensorflow-gpu on NVIDIA A100, the fastest engine that loads'],
    [
      [noGpu, library, wasm],
      'tensorflow on CPU (TensorFlow 2.9.1), the fastest engine that loads; ' +
        'tensorflow-gpu: no GPU in sight',
    ],
    [
      [...neither, wasm],
      'wasm on CPU (WebAssembly), the fastest engine that loads; ' +
        'tensorflow-gpu and tensorflow: not installed',
    ],
  ])('auto takes the first that loads and says why: %#', async (sources, reason) => {
    expect((await openEngine('auto', sources)).reason).toBe(reason);
  });

  it('hands the devices that were found to the engine', async () => {
    const { engine, reason } = await openEngine('tensorflow-gpu', [gpu, wasm]);
    expect(engine.devices).toEqual(['NVIDIA A100']);
    expect(reason).toBe('tensorflow-gpu, as asked, on NVIDIA A100');
  });

  it('tells an engine how many threads to use, and says so', async () => {
    const { engine, reason } = await openEngine('onnx', undefined, { threads: 1 });
    expect(engine.devices).toEqual(['CPU (1 thread)']);
    expect(reason).toBe('onnx, as asked, on CPU (1 thread)');
    const step = engine.compile(({ x }) => ({ y: tf.neg(x!) }));
    expect((await step({ x: float32([1], Float32Array.of(2)) })).y!.values).toEqual(
      Float32Array.of(-2),
    );
  });

  it('refuses a number of threads where it could not be kept', async () => {
    for (const name of ['auto', 'wasm'] as const) {
      await expect(openEngine(name, [wasm], { threads: 2 })).rejects.toThrow(
        new UsageError(
          "engine 'wasm' takes no number of threads, only 'onnx' does: leave the number out",
        ),
      );
    }
  });

  it('never replaces an engine that was asked for by name', async () => {
    await expect(openEngine('tensorflow-gpu', [noGpu, library])).rejects.toThrow(
      new EngineError("engine 'tensorflow-gpu' does not load here: no GPU in sight"),
    );
  });

  it('fails when nothing loads', async () => {
    await expect(openEngine('auto', [noGpu])).rejects.toThrow(
      new EngineError('no engine loads here: tensorflow-gpu: no GPU in sight'),
    );
  });

  it('lists the engines when asked for one that does not exist', async () => {
    await expect(openEngine('webgl' as EngineName)).rejects.toThrow(
      new UsageError(
        "there is no engine 'webgl'; choose one of auto, tensorflow-gpu, onnx, cuda, webgpu, tensorflow, wasm, cpu",
      ),
    );
  });
});

describe('the engines of this machine', () => {
  let probes: EngineProbe[];

  beforeAll(async () => {
    probes = await Promise.all(engineSources.map((source) => source.probe()));
  });

  const tensorflowIsOnGpu = () => probes.some((one) => one.name === 'tensorflow-gpu' && one.loads);

  it('are asked in the order of engineNames', () => {
    expect(probes.map(({ name }) => name)).toEqual(engineNames);
  });

  it('include wasm with SIMD, and cpu', () => {
    const devices = Object.fromEntries(probes.map((probe) => [probe.name, probe.devices]));
    expect(devices).toMatchObject({
      wasm: ['CPU (WebAssembly SIMD, 1 thread)'],
      cpu: ['CPU (JavaScript, 1 thread)'],
    });
  });

  it.each(engineNames)('%s runs a step, or says why it does not load', async (name) => {
    const probe = probes.find((candidate) => candidate.name === name)!;
    if (!probe.loads) {
      await expect(openEngine(name)).rejects.toThrow(
        new EngineError(`engine '${name}' does not load here: ${probe.why}`),
      );
      expect(probe.why).not.toContain('\n');
      expect(probe.devices).toEqual([]);
      return;
    }
    if (name === 'tensorflow' && tensorflowIsOnGpu()) {
      await expect(openEngine(name)).rejects.toThrow('open it in a process of its own');
      return;
    }
    const { engine } = await openEngine(name);
    expect(engine).toMatchObject({ name, devices: probe.devices });
    const step = engine.compile(({ x }) => ({ gram: tf.matMul(x!, x!, false, true) }));
    const outputs = await step({ x: float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)) });
    expect(outputs).toEqual({ gram: float32([2, 2], Float32Array.of(14, 32, 32, 77)) });
    // The onnx, cuda and webgpu engines leave variables with the cpu backend.
    const backend = name.startsWith('tensorflow')
      ? 'tensorflow'
      : ['onnx', 'cuda', 'webgpu'].includes(name)
        ? 'cpu'
        : name;
    expect(tf.getBackend()).toBe(backend);
  });

  it('come with gradients', async () => {
    const { engine } = await openEngine('cpu');
    const step = engine.compile(({ x }) => ({ slope: tf.grad((t) => tf.sum(tf.square(t)))(x!) }));
    const { slope } = await step({ x: float32([2], Float32Array.of(1, -3)) });
    expect(Array.from(slope!.values)).toEqual([2, -6]);
  });

  it('can be open side by side and share a variable', async () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const steps = [];
    for (const name of ['wasm', 'cpu', 'wasm'] as const) {
      const { engine } = await openEngine(name);
      steps.push(
        engine.compile(() => {
          weight.assign(tf.mul(weight, 10));
          return { weight };
        }),
      );
    }
    const results = await Promise.all(steps.map((step) => step({})));
    expect(results.map(({ weight }) => Array.from(weight!.values))).toEqual([
      [10, 20],
      [100, 200],
      [1000, 2000],
    ]);
    weight.dispose();
  });

  it('leave the listeners of the process alone', async () => {
    await openEngine('wasm');
    expect(processListeners()).toEqual(listenersAtStart);
  });
});
