/** Variables on a device that is none: memory that only it looks into. */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import type { ConstantValues } from '../../../src/compile/graph/graph.js';
import { nodeRuntime } from '../../../src/compile/runtime/node/runtime.js';
import type { AnyRuntime, DeviceValues } from '../../../src/compile/runtime/runtime.js';
import { type Device, deviceState } from '../../../src/compile/state/device.js';
import { scalar } from '../../../src/compile/step.js';
import { targets } from '../../../src/compile/target.js';

/** What is in the device's memory, and how often it was gone there and back. */
const memory = new Map<DeviceValues, ConstantValues>();
const trips = { up: 0, down: 0 };

const keep = (values: ConstantValues): DeviceValues => {
  const held = { dispose: () => memory.delete(held) };
  memory.set(held, values);
  return held;
};
const fetchNow = (held: DeviceValues): ConstantValues => {
  trips.down++;
  const values = memory.get(held);
  if (values === undefined) throw new Error('it was freed');
  return values;
};

function runtimeOf(waits: boolean): AnyRuntime {
  const cores = nodeRuntime({ threads: 1 });
  const device: Device = {
    upload: async (values) => {
      trips.up++;
      return keep(values.slice());
    },
    download: async (held) => fetchNow(held),
    ...(waits ? {} : { downloadNow: fetchNow }),
  };
  return {
    target: targets.gpu,
    store: deviceState(device),
    async load(graph) {
      const session = await cores.load(graph);
      const stays = (graph as { outputs: readonly { port: { kind: string } }[] }).outputs.map(
        ({ port }) => port.kind === 'state' || port.kind === 'prepared',
      );
      return {
        async run(values) {
          const here = values.map((one) =>
            ArrayBuffer.isView(one) ? one : memory.get(one as DeviceValues)!,
          );
          const results = await session.run(here);
          return results.map((result, i) => (stays[i] ? keep(result as ConstantValues) : result));
        },
        release: () => session.release(),
      };
    },
  };
}

const waiting = runtimeOf(true);
const prompt = runtimeOf(false);

const doubling = (variable: tf.Variable, runtime = prompt) =>
  compileStep(
    ({ x }) => {
      variable.assign(tf.add(tf.mul(variable, 2), x!));
      return { sum: tf.sum(variable) };
    },
    { runtime },
  );
const run = async (step: ReturnType<typeof compileStep>): Promise<number> =>
  (await step({ x: scalar(0) })).sum!.values[0]!;

let a: tf.Variable;
beforeEach(async () => {
  await tf.setBackend('cpu');
  a = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
  Object.assign(trips, { up: 0, down: 0 });
});
afterEach(() => {
  tf.disposeVariables();
  expect(memory.size).toBe(0);
});

it('goes there once, and comes back when it is looked at', async () => {
  const step = doubling(a);
  for (const sum of [6, 12, 24]) expect(await run(step)).toBe(sum);
  expect(trips).toEqual({ up: 1, down: 0 });
  expect(memory.size).toBe(1);
  expect([...a.dataSync()]).toEqual([8, 16]);
  expect([...(await a.data())]).toEqual([8, 16]);
  // It is on the device all the same.
  expect(await run(step)).toBe(48);
  expect(trips).toEqual({ up: 1, down: 1 });
});

it('is shared by steps, and left alone by tracing', async () => {
  const step = doubling(a);
  await run(step);
  const other = doubling(a);
  expect(await run(other)).toBe(12);
  expect(await run(step)).toBe(24);
  expect(trips).toEqual({ up: 1, down: 0 });
});

it('takes what is assigned, and frees what was there', async () => {
  const step = doubling(a);
  await run(step);
  tf.tidy(() => a.assign(tf.tensor1d([5, 5])));
  expect(memory.size).toBe(0);
  expect(await run(step)).toBe(20);
  expect(trips.up).toBe(2);
});

it('keeps old values for a clone, and for a variable that was assigned another', async () => {
  const step = doubling(a);
  await run(step);
  const clone = tf.clone(a);
  const b = tf.tidy((): tf.Variable => tf.variable(tf.tensor1d([0, 0])));
  b.assign(a);
  await run(step);
  await run(step);
  expect([...clone.dataSync()]).toEqual([2, 4]);
  expect([...b.dataSync()]).toEqual([2, 4]);
  expect([...a.dataSync()]).toEqual([8, 16]);
  clone.dispose();
});

it('goes to other backends and other engines, and back', async () => {
  const step = doubling(a);
  await run(step);
  await tf.setBackend('wasm');
  expect([...tf.tidy(() => tf.neg(a)).dataSync()]).toEqual([-2, -4]);
  expect(memory.size).toBe(0);
  await tf.setBackend('cpu');
  expect(await run(step)).toBe(12);
  const onCores = compileStep(() => {
    a.assign(tf.add(a, 1));
    return { sum: tf.sum(a) };
  });
  expect((await onCores()).sum!.values[0]).toBe(14);
  expect(memory.size).toBe(0);
  expect(await run(step)).toBe(28);
});

it('may be disposed of while a run is under way', async () => {
  const step = doubling(a);
  await run(step);
  const under = run(step);
  a.dispose();
  await under.catch(() => undefined);
  expect(memory.size).toBe(0);
});

it('is waited for where it has to be', async () => {
  const step = doubling(a, waiting);
  await run(step);
  expect(() => a.dataSync()).toThrow('await its data() first');
  expect([...(await a.data())]).toEqual([2, 4]);
  expect([...a.dataSync()]).toEqual([2, 4]);
  expect(await run(step)).toBe(12);
});

it('is read by a step of another device, and only once sent there', async () => {
  await run(doubling(a));
  await (async () => {
    const step = doubling(a, waiting);
    expect(await run(step)).toBe(12);
    expect(await run(step)).toBe(24);
  })();
  expect(trips).toEqual({ up: 2, down: 1 });
  expect((tf.findBackend('cpu') as MathBackendCPU).numDataIds()).toBeGreaterThan(0);
});

it('is there for what is made of variables alone, once for each of their values', async () => {
  const recognise = compileStep(({ x }) => ({ y: tf.mul(x!, tf.sum(tf.square(a))) }), {
    runtime: prompt,
  });
  const at = async () => (await recognise({ x: scalar(2) })).y!.values[0];
  for (let i = 0; i < 2; i++) expect(await at()).toBe(10);
  // The variable, and what was made of it.
  expect(memory.size).toBe(2);
  await run(doubling(a));
  expect(await at()).toBe(40);
  expect(memory.size).toBe(2);
  expect(trips).toEqual({ up: 1, down: 0 });
  await recognise.dispose();
});

it('refuses to freeze a step that changes it, and freezes nothing else', async () => {
  const step = compileStep(({ x }) => ({ y: tf.mul(x!, a) }), { runtime: prompt, frozen: true });
  expect([...(await step({ x: scalar(2) })).y!.values]).toEqual([2, 4]);
  await run(doubling(a));
  expect([...(await step({ x: scalar(2) })).y!.values]).toEqual([4, 8]);
  const writing = compileStep(
    () => {
      a.assign(tf.mul(a, 2));
      return {};
    },
    { runtime: prompt, frozen: true },
  );
  await expect(writing()).rejects.toThrow('a frozen step changes no variable');
});
