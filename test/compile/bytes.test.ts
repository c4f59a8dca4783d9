import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { compileStep } from '../../src/compile/compile.js';
import { endLanes } from '../../src/compile/runtime/node/lanes.js';
import { int32, type StepFunction, uint8 } from '../../src/compile/step.js';
import { traceStep } from '../../src/compile/trace/trace.js';
import { cpuEngine, expectCompiledStepMatches } from '../support/compiled.js';
import { countOps } from '../support/graph.js';

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) % 256);

/** Means of the rows of bytes brought to −1 … 1, as pixels are. */
const means: StepFunction = ({ bytes }) => ({
  means: tf.mean(tf.sub(tf.div(tf.cast(bytes!, 'float32'), 127.5), 1), 1),
});

afterAll(endLanes);

describe('bytes', () => {
  it('are int32 inside of a step, on every engine, and when it hands them out', async () => {
    const step: StepFunction = ({ bytes }) => {
      expect(bytes!.dtype).toBe('int32');
      return { same: bytes!, twice: tf.mul(bytes!, tf.scalar(2, 'int32')) };
    };
    const inputs = { bytes: uint8([2, 3], bytes(6)) };
    const expected = {
      same: int32([2, 3], Int32Array.from(bytes(6))),
      twice: int32(
        [2, 3],
        Int32Array.from(bytes(6), (byte) => 2 * byte),
      ),
    };
    expect(await cpuEngine().compile(step)(inputs)).toEqual(expected);
    expect(await compileStep(step)(inputs)).toEqual(expected);
  });

  it('go through a compiled step, whole and in parts', async () => {
    await expectCompiledStepMatches(means, { bytes: uint8([6, 40], bytes(240)) });
  });

  it('go to lanes', async () => {
    const inputs = { bytes: uint8([64, 8192], bytes(64 * 8192)) };
    const alone = await compileStep(means, { threads: 1 })(inputs);
    expect(await compileStep(means, { threads: 2 })(inputs)).toEqual(alone);
    const [first] = (await cpuEngine().compile(means)(inputs)).means!.values;
    expect(alone.means!.values[0]).toBeCloseTo(first!, 5);
  });

  it('are made floats by one operation', () => {
    const { graph } = traceStep(means, { bytes: { dtype: 'uint8', shape: [6, 40] } });
    expect(graph.inputs[0]!.value.dtype).toBe('uint8');
    expect(countOps(graph).Cast).toBe(1);
  });

  it('are traced apart from integers of the same shape', async () => {
    const step = compileStep(({ x }) => ({ sum: tf.sum(x!) }));
    expect((await step({ x: uint8([3], Uint8Array.of(250, 3, 4)) })).sum!.values[0]).toBe(257);
    expect((await step({ x: int32([3], Int32Array.of(-250, 3, 4)) })).sum!.values[0]).toBe(-243);
  });
});
