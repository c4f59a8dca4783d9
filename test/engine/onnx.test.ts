import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { CompileError } from '../../src/compile/errors.js';
import { float32 } from '../../src/compile/step.js';
import { openEngine } from '../../src/engine/open.js';
import { EngineError, ExitCode } from '../../src/errors.js';

const x = float32([2], Float32Array.of(1, 2));

it('the onnx engine fails as engines do, with what the compiler says', async () => {
  const { engine } = await openEngine('onnx');
  const step = engine.compile(({ x }) => ({
    y: tf.unique(tf.reshape(x!, [-1]) as tf.Tensor1D).values,
  }));
  const thrown = await step({ x }).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(EngineError);
  expect(thrown).toMatchObject({
    message: expect.stringContaining('compile has no lowering of Unique'),
    exitCode: ExitCode.engine,
    cause: expect.any(CompileError),
  });
  const failing = engine.compile(() => {
    throw new RangeError('its own');
  });
  await expect(failing({ x })).rejects.toThrow(new RangeError('its own'));
});

it('its steps draw no random numbers: noise is an input on all engines', async () => {
  const { engine } = await openEngine('onnx');
  const step = engine.compile(({ x }) => ({ y: tf.dropout(x!, 0.5) }));
  await expect(step({ x })).rejects.toThrow(
    /draws random numbers with tf.dropout, and is to draw none/,
  );
});

it('its steps are disposed of one by one', async () => {
  const { engine } = await openEngine('onnx');
  const [one, other] = [1, 2].map((n) => engine.compile(({ x }) => ({ y: tf.mul(x!, n) })));
  await one!({ x });
  await one!.dispose();
  await expect(one!({ x })).rejects.toBeInstanceOf(EngineError);
  expect(Array.from((await other!({ x })).y!.values)).toEqual([2, 4]);
  await other!.dispose();
});
