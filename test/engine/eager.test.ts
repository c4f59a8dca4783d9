import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients that tfjs-core comes without.
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StepFunction } from '../../src/compile/step.js';
import { float32, int32, scalar } from '../../src/compile/step.js';
import { cpu } from '../../src/engine/cpu.js';
import { eagerEngine, useBackend } from '../../src/engine/eager.js';
import type { Engine } from '../../src/engine/engine.js';
import { EngineError } from '../../src/errors.js';

let engine: Engine;

beforeAll(async () => {
  tf.enableProdMode();
  engine = await cpu.open(['test CPU']);
});

const x = () => float32([2, 2], Float32Array.of(1, 2, 3, 4));

describe('a compiled step', () => {
  it('takes float32 and int32 host tensors of any rank and gives them back', async () => {
    const step = engine.compile(({ x, rows, scale }) => ({
      picked: tf.mul(tf.gather(x!, tf.cast(rows!, 'int32')), scale!),
      rows: rows!,
      total: tf.sum(x!),
    }));
    const outputs = await step({
      x: x(),
      rows: int32([3], Int32Array.of(1, 0, 1)),
      scale: scalar(10),
    });
    expect(outputs).toEqual({
      picked: float32([3, 2], Float32Array.of(30, 40, 10, 20, 30, 40)),
      rows: int32([3], Int32Array.of(1, 0, 1)),
      total: scalar(10),
    });
  });

  it('keeps what it assigns to variables from one call to the next', async () => {
    const weight = tf.variable(tf.scalar(1));
    const step = engine.compile(({ rate }) => {
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(tf.sub(weight, 3))));
      weight.assign(tf.sub(weight, tf.mul(rate!, grads[weight.name]!)));
      return { loss: value };
    });
    const losses: number[] = [];
    for (let i = 0; i < 3; i++) losses.push((await step({ rate: scalar(0.25) })).loss!.values[0]!);
    // Each update halves the distance to 3.
    expect(losses).toEqual([4, 1, 0.25]);
    expect(weight.dataSync()[0]).toBe(2.75);
    weight.dispose();
  });

  it('leaves no tensor behind', async () => {
    const weight = tf.variable(tf.ones([2, 2]));
    const constant = tf.scalar(2);
    const step = engine.compile(({ x }) => {
      weight.assign(tf.matMul(weight, x!));
      return { weight, constant, x: x!, same: x! };
    });
    const before = tf.memory();
    for (let i = 0; i < 3; i++) await step({ x: x() });
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
    expect([weight.isDisposed, constant.isDisposed]).toEqual([false, false]);
    tf.dispose([weight, constant]);
  });

  it('copies values in and out', async () => {
    const weight = tf.variable(tf.zeros([2]));
    const step = engine.compile(({ x }) => {
      weight.assign(tf.reshape(x!, [2]));
      return { weight };
    });
    const buffer = Float32Array.of(1, 2);
    const pending = step({ x: float32([2], buffer) });
    buffer.fill(-1);
    const { weight: output } = await pending;
    output!.values.fill(-2);
    expect(Array.from(weight.dataSync())).toEqual([1, 2]);
    weight.dispose();
  });
});

describe('a step that fails', () => {
  const fail = (): never => {
    throw new RangeError('half-way');
  };
  /** The square, whose gradient throws. */
  const treacherous = tf.customGrad((t) => ({ value: tf.square(t as tf.Tensor), gradFunc: fail }));

  it.each<[string, StepFunction]>([
    ['outright', ({ x }) => ({ x: tf.mul(x!, fail()) })],
    ['in a forward pass', ({ x }) => ({ x: tf.grad((t) => tf.mul(tf.exp(t), fail()))(x!) })],
    ['in a backward pass', ({ x }) => ({ x: tf.grad((t) => treacherous(tf.exp(t)))(x!) })],
  ])('%s rejects with what was thrown, leaks nothing, spares the next call', async (_, failing) => {
    const before = tf.memory().numTensors;
    await expect(engine.compile(failing)({ x: x() })).rejects.toThrow(new RangeError('half-way'));
    expect(tf.memory().numTensors).toBe(before);
    const step = engine.compile(({ x }) => ({ x: tf.grad((t) => tf.square(t))(x!) }));
    expect(Array.from((await step({ x: x() })).x!.values)).toEqual([2, 4, 6, 8]);
  });

  it('names an input whose values do not fill its shape', async () => {
    const step = engine.compile(({ x }) => ({ x: x! }));
    const call = step({ x: float32([2, 3], new Float32Array(5)) });
    await expect(call).rejects.toThrow(
      new EngineError("step input 'x': shape [2, 3] holds 6 values, but 5 were given"),
    );
  });

  it('names an output that is not a tensor, or not of a dtype it can return', async () => {
    const before = tf.memory().numTensors;
    const call = engine.compile(() => ({ loss: 3 as unknown as tf.Tensor }))({});
    await expect(call).rejects.toThrow(new EngineError("step output 'loss' is not a tensor"));
    const compare = engine.compile(({ x }) => ({ high: tf.greater(x!, 2) }));
    await expect(compare({ x: x() })).rejects.toThrow(
      new EngineError("step output 'high' has dtype bool; cast it to float32 or int32"),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('calls at the same time', () => {
  it('are taken in turn, across engines, past one that fails', async () => {
    const events: string[] = [];
    const compile = (name: string, fails = false) =>
      eagerEngine('cpu', [], 'cpu').compile(({ x }) => {
        events.push(name);
        if (fails) throw new Error(name);
        return { x: x! };
      });
    const note = (name: string) => () => events.push(`${name} done`);
    await Promise.all([
      compile('first')({ x: x() }).then(note('first')),
      compile('second', true)({ x: x() }).catch(note('second')),
      compile('third')({ x: x() }).then(note('third')),
    ]);
    expect(events.filter((event) => !event.includes('done'))).toEqual(['first', 'second', 'third']);
    expect(events.indexOf('first done')).toBeLessThan(events.indexOf('third'));
  });
});

describe('the current backend', () => {
  it('is switched back when somebody else has changed it', async () => {
    tf.registerBackend('other', () => new OtherBackend());
    await tf.setBackend('other');
    const step = engine.compile(({ x }) => ({ sum: tf.sum(x!) }));
    expect((await step({ x: x() })).sum!.values[0]).toBe(10);
    expect(tf.getBackend()).toBe('cpu');
    tf.removeBackend('other');
  });

  it('must be registered and start', async () => {
    await expect(useBackend('absent')).rejects.toThrow(
      "TensorFlow.js has no backend 'absent' any more",
    );
    tf.registerBackend('broken', () => {
      throw new Error('no such device');
    });
    const call = eagerEngine('cpu', [], 'broken').compile(() => ({}))({});
    await expect(call).rejects.toThrow(
      new EngineError("TensorFlow.js could not start its backend 'broken'"),
    );
    tf.removeBackend('broken');
  });
});

class OtherBackend extends tf.KernelBackend {
  override dispose(): void {}
}
