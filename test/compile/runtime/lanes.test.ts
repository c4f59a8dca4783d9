import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { classifierPlayer } from '../../../classifier/player.js';
import { classifierPresets } from '../../../classifier/presets.js';
import { classifierStep } from '../../../classifier/step.js';
import type { GanConfig } from '../../../gan/config.js';
import { Gan } from '../../../gan/gan.js';
import { ganPresets } from '../../../gan/presets.js';
import { discriminatorStep, generatorStep } from '../../../gan/steps.js';
import { togetherStep } from '../../../gan/together.js';
import { compileStep } from '../../../src/compile/compile.js';
import { CompileError } from '../../../src/compile/errors.js';
import { endLanes, lanes } from '../../../src/compile/runtime/node/lanes.js';
import { float32, type StepFunction, scalar } from '../../../src/compile/step.js';
import { openEngine } from '../../../src/engine/open.js';
import { RandomStream } from '../../../src/random.js';
import type { HostTensors } from '../../support/compiled.js';

const B = 64;

/** Something to train from the same beginning each time. */
interface Trainee {
  readonly steps: readonly { readonly step: StepFunction; readonly inputs: HostTensors }[];
  readonly variables: readonly tf.Variable[];
}

const noise = (name: string, shape: readonly number[]) =>
  float32(
    shape,
    RandomStream.fromSeed(1)
      .split(name)
      .normals(tf.util.sizeFromShape([...shape])),
  );

function classifier(): Trainee {
  const sizes = { patch: 4, channels: 96, tokenDim: 16, channelDim: 192, numBlocks: 1 };
  const player = classifierPlayer(
    { ...classifierPresets['digits-quick']!, model: { arch: 'mixer', ...sizes } },
    { imageShape: [28, 28, 1], classNames: [...'0123456789'] },
  );
  const inputs = {
    images: noise('images', [B, 28, 28, 1]),
    targets: float32([B, 10], new Float32Array(B * 10).fill(0.1)),
    learningRate: scalar(1e-3),
  };
  const step = classifierStep(player);
  return {
    steps: [{ step, inputs }],
    variables: [...player.state.values()],
  };
}

function gan(): Trainee {
  const preset = ganPresets['mnist-quick']!;
  const { loss, penalty } = preset;
  const config: GanConfig = {
    ...preset,
    generator: {
      arch: 'mixer',
      latentDim: 64,
      stages: [{ channels: 16, numBlocks: 1, tokenDim: 32, channelDim: 32 }],
      upsamplingKernel: 4,
    },
    discriminator: {
      arch: 'mixer',
      stem: 'conv',
      patch: 4,
      channels: 32,
      numBlocks: 1,
      tokenDim: 32,
      channelDim: 64,
    },
  };
  const players = new Gan(config, [28, 28, 1]);
  const inputs = {
    reals: noise('reals', [B, 28, 28, 1]),
    latents: noise('latents', [B, 64]),
    learningRate: scalar(1e-3),
  };
  const discriminatorRun = (penalised: boolean) => ({
    step: discriminatorStep(players, { loss, penalty, penalised }),
    inputs,
  });
  return {
    steps: [
      discriminatorRun(true),
      discriminatorRun(false),
      {
        step: generatorStep(players, { loss }),
        inputs: { ...inputs, emaDecay: scalar(0.9) },
      },
      {
        step: togetherStep(players, { loss, penalty, penalised: true }),
        inputs: {
          ...{ reals: inputs.reals, latents: inputs.latents, emaDecay: scalar(0.9) },
          ...{ discriminatorRate: scalar(1e-3), generatorRate: scalar(1e-3) },
        },
      },
    ],
    variables: Object.values(tf.engine().registeredVariables),
  };
}

/** All outputs of a few rounds, and all variables at the end. */
async function train(make: () => Trainee, threads: number): Promise<Float32Array[]> {
  await openEngine('onnx');
  tf.disposeVariables();
  const { steps, variables } = make();
  const runs = steps.map(({ step, inputs }) => ({ run: compileStep(step, { threads }), inputs }));
  const values: Float32Array[] = [];
  for (let round = 0; round < 2; round++) {
    for (const { run, inputs } of runs) {
      for (const output of Object.values(await run(inputs))) {
        values.push(output.values as Float32Array);
      }
    }
  }
  values.push(...variables.map((variable) => variable.dataSync<'float32'>().slice()));
  return values;
}

afterEach(() => {
  tf.disposeVariables();
});

afterAll(endLanes);

describe('lanes', () => {
  it.each([
    ['a Mixer classifier', classifier],
    ['a GAN with its gradient penalty', gan],
  ])('%s: the same bits on any number of threads', async (_, make) => {
    const posted = vi.spyOn(Worker.prototype, 'postMessage').mockClear();
    const alone = await train(make, 1);
    expect(posted).not.toHaveBeenCalled();
    expect(alone.every((values) => values.every(Number.isFinite))).toBe(true);
    for (const threads of [2, 4]) expect(await train(make, threads)).toEqual(alone);
    expect(posted).toHaveBeenCalled();
  });

  /** A step whose batch is taken apart, with a sum over the batch and one row of it as its outputs. */
  const step = () =>
    compileStep(
      ({ x }) => {
        const y = tf.tanh(tf.reshape(x!, [64, 4096]));
        return { sum: tf.sum(y), rows: tf.mean(y, 1) };
      },
      { threads: 2 },
    );
  const inputs = { x: noise('x', [64, 64, 64]) };

  it.each([0, -1, 1.5, Number.NaN])('are not %d threads', (threads) => {
    expect(() => compileStep(({ x }) => ({ x: x! }), { threads })).toThrow(
      new CompileError(`a step runs on one thread or more, not on ${threads}`),
    );
  });

  it('tell what a worker could not do, and go on', async () => {
    const [lane] = lanes(1) as [ReturnType<typeof lanes>[number]];
    const plan = {
      count: 1,
      model: { bytes: Uint8Array.of(1, 2, 3), inputs: [], outputs: [] },
      ...{ inputs: [], sources: [], results: [], bytes: 0 },
    };
    const request = { kind: 'load', program: -1, plan, threads: 1 } as const;
    await expect(lane.ask(request)).rejects.toThrow('onnxruntime could not compile the step: ');
    await expect(lane.ask(request)).rejects.toBeInstanceOf(CompileError);
    expect((await step()(inputs)).rows!.shape).toEqual([64]);
  });

  it('fail when their worker is no more; new steps get a new one', async () => {
    const old = step();
    const expected = await old(inputs);
    await endLanes();
    await expect(old(inputs)).rejects.toThrow('a worker thread of compile ended (code 1)');
    await expect(old(inputs)).rejects.toBeInstanceOf(CompileError);
    await old.dispose();
    expect(await step()(inputs)).toEqual(expected);
  });

  it('let the process end by itself, or at once', () => {
    const script = (end: string) => `
      const tf = await import('@tensorflow/tfjs-core');
      const { openEngine } = await import(${JSON.stringify(openModule)});
      const { engine } = await openEngine('onnx', undefined, { threads: 2 });
      const run = engine.compile(({ x }) => ({ sum: tf.sum(tf.relu(x)) }));
      const x = { dtype: 'float32', shape: [64, 4096], values: new Float32Array(64 * 4096).fill(1) };
      console.log((await run({ x })).sum.values[0]);
      ${end}
    `;
    const ended = { status: 0, stdout: '262144\n', stderr: '' };
    expect(runScript(script(''))).toEqual(ended);
    // Wherever the worker is.
    const leave = 'setTimeout(() => process.exit(7), 20); for (;;) await run({ x });';
    expect(runScript(script(leave))).toEqual({ ...ended, status: 7 });
  });

  it('ends with workers that were expected to be needed, and were not', () => {
    const script = `
      const { nodeRuntime } = await import(${JSON.stringify(runtimeModule)});
      nodeRuntime({ threads: 2 }).expect(2);
      console.log('expected');
    `;
    expect(runScript(script)).toEqual({ status: 0, stdout: 'expected\n', stderr: '' });
  });
});

const urlOf = (path: string): string => new URL(`../../../src/${path}`, import.meta.url).href;
const openModule = urlOf('engine/open.ts');
const runtimeModule = urlOf('compile/runtime/node/runtime.ts');

function runScript(script: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('../../..', import.meta.url)), encoding: 'utf8', timeout: 60_000 },
  );
  return { status, stdout, stderr };
}
