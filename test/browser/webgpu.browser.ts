/**
 * The engine `webgpu` in Node, on this machine's GPU or on SwiftShader, against `onnx`: 20 steps of both
 * families, on noise. By what the engines `onnx` and `wasm` differ, it may differ three times.
 */
import type * as Ort from 'onnxruntime-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { trainGan } from '../../gan/train.js';
import { compileOn } from '../../src/compile/compiled.js';
import { loadOrt } from '../../src/compile/runtime/node/session.js';
import { webgpuRuntime } from '../../src/compile/runtime/node/webgpu.js';
import { asEngineStep, type Engine, type EngineName } from '../../src/engine/engine.js';
import { measuredEngine } from '../../src/engine/measured.js';
import { openEngine } from '../../src/engine/open.js';
import { DivergedError } from '../../src/errors.js';
import { noGpu } from '../support/webgpu.js';
import { trainClassifierSteps } from './classifier.js';
import { config, data } from './trainings.js';
import { difference, weightsOf } from './weights.js';

const open = async (name: EngineName): Promise<Engine> => (await openEngine(name)).engine;

/** As the engine does, but that it refuses a step of which a single node is left to the processor. */
async function gpuAlone(): Promise<Engine> {
  const engine = await open('webgpu');
  const runtime = webgpuRuntime({ fallback: false });
  return {
    ...engine,
    compile(step) {
      const run = compileOn(step, runtime, { random: 'refuse' });
      return asEngineStep(run, run.dispose);
    },
  };
}

const gan = (engine: Engine, changes: object = {}, from?: object) =>
  trainGan({ config: { ...config, ...changes }, data, engine, ...from });

/** Counts the bytes that runs of steps take in and hand out, by name, copies to and fro left out. */
function countBytes(): { into: Map<string, number>; out: Map<string, number> } {
  const into = new Map<string, number>();
  const out = new Map<string, number>();
  const add = (to: Map<string, number>, tensors: Ort.InferenceSession.OnnxValueMapType): void => {
    for (const [name, tensor] of Object.entries(tensors) as [string, Ort.Tensor][]) {
      if (tensor.location === 'gpu-buffer') continue;
      to.set(name, (to.get(name) ?? 0) + (tensor.data as Uint8Array).byteLength);
    }
  };
  const { InferenceSession } = loadOrt();
  const create = InferenceSession.create.bind(InferenceSession) as (
    bytes: Uint8Array,
    options?: Ort.InferenceSession.SessionOptions,
  ) => Promise<Ort.InferenceSession>;
  vi.spyOn(InferenceSession, 'create').mockImplementation((async (
    bytes: Uint8Array,
    options?: Ort.InferenceSession.SessionOptions,
  ) => {
    const session = await create(bytes, options);
    if (session.inputNames[0] === 'x') return session;
    const run = session.run.bind(session) as typeof session.run;
    session.run = (async (feeds: Ort.InferenceSession.FeedsType) => {
      add(into, feeds);
      const results = await run(feeds);
      add(out, results);
      return results;
    }) as typeof session.run;
    return session;
  }) as typeof InferenceSession.create);
  return { into, out };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.skipIf(noGpu !== undefined)(
  noGpu ? `the engine webgpu (${noGpu})` : 'the engine webgpu',
  () => {
    it('runs every node of a classifier’s step, which learns the same', async () => {
      const bytes = countBytes();
      const found = await trainClassifierSteps(await gpuAlone());
      // Nothing of the state crosses.
      expect([...bytes.into.keys()].sort()).toEqual(
        ['emaDecay', 'images', 'learningRate', 'targets'].map((name) => `in/input/${name}`),
      );
      expect(bytes.into.get('in/input/images')).toBe(20 * 4 * 6 * 64);
      expect(bytes.into.get('in/input/learningRate')).toBe(20 * 4);
      expect(Object.fromEntries(bytes.out)).toEqual({
        'out/output/loss': 20 * 4,
        'out/output/gradientNorm': 20 * 4,
      });
      vi.restoreAllMocks();
      const wanted = await trainClassifierSteps(await open('onnx'));
      const other = await trainClassifierSteps(await open('wasm'));
      expect(difference(found.weights, wanted.weights)).toBeLessThan(
        3 * difference(other.weights, wanted.weights) + 1e-6,
      );
    });

    it('runs every node of a GAN’s steps, which learns the same, and its checkpoints move', async () => {
      const bytes = countBytes();
      const engine = await gpuAlone();
      const onGpu = await gan(engine);
      expect(
        [...bytes.into.keys(), ...bytes.out.keys()].filter((name) => /state/.test(name)),
      ).toEqual([]);
      vi.restoreAllMocks();
      const onCores = await gan(await open('onnx'));
      const eager = await gan(await open('wasm'));
      const [gpu, cores] = [weightsOf(onGpu.checkpoint), weightsOf(onCores.checkpoint)];
      const tolerance = 3 * difference(weightsOf(eager.checkpoint), cores) + 1e-6;
      expect(difference(gpu, cores)).toBeLessThan(tolerance);

      // Stopped half-way and gone on with, on the same device: the same bits.
      const half = await gan(engine, { steps: 10 });
      const from = { from: { ...half.checkpoint, path: 'half' } };
      expect(weightsOf((await gan(engine, {}, from)).checkpoint)).toEqual(gpu);
      // On another: the same training.
      const moved = await gan(await open('onnx'), {}, from);
      expect(difference(weightsOf(moved.checkpoint), cores)).toBeLessThan(tolerance);
      const first = await gan(await open('onnx'), { steps: 10 });
      const back = await gan(engine, {}, { from: { ...first.checkpoint, path: 'first' } });
      expect(difference(weightsOf(back.checkpoint), cores)).toBeLessThan(tolerance);
    });

    it('leaves no trace where it was measured, and was slower', async () => {
      const [onnx, webgpu] = [await open('onnx'), await open('webgpu')];
      const said: string[] = [];
      // A clock by which the GPU is slower.
      let time = 0;
      const timed = {
        ...webgpu,
        compile: (step: Parameters<Engine['compile']>[0]) => {
          const run = webgpu.compile(step);
          return asEngineStep(async (inputs) => {
            time += 1000;
            return run(inputs);
          }, run.dispose);
        },
      };
      const auto = measuredEngine([onnx, timed], {
        say: (line) => said.push(line),
        now: () => time,
      });
      const found = await trainClassifierSteps(auto);
      expect(said).toEqual([expect.stringMatching(/ 0\.0 ms, .* 1000 ms: onnx from here on$/)]);
      expect(found).toEqual(await trainClassifierSteps(onnx));
    });

    it('stops a training that diverges', async () => {
      const wild = { ...config.optimiser, discriminatorRate: 1e30 };
      await expect(gan(await open('webgpu'), { optimiser: wild })).rejects.toThrow(DivergedError);
    });
  },
);
