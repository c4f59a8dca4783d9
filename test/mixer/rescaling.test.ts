import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { type StepFunction, uint8 } from '../../src/compile/step.js';
import type { EngineName } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { Rescaling, rescale, type Scaling, unitScaling } from '../../src/mixer/rescaling.js';
import { expectCompiledMatches } from '../support/compiled.js';
import { expectSameOutputsElsewhere } from '../support/stock.js';

const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const ofChannels: Scaling = { scale: [0.01, 0.02, 0.003], offset: [-1.5, -0.7, 0.4] };

describe('rescale', () => {
  it.each<EngineName>(['cpu', 'wasm', 'onnx'])(
    'maps bytes to −1 … 1 with one rounding on %s',
    async (name) => {
      const { engine } = await openEngine(name);
      const step: StepFunction = ({ x }) => ({ y: rescale(x!, unitScaling) });
      const { y } = await engine.compile(step)({ x: uint8([4, 64], bytes) });
      expect(y!.values).toEqual(Float32Array.from(bytes, (byte) => (byte - 127.5) / 127.5));
      // And that is v / 127.5 − 1, rounded once.
      expect(y!.values).toEqual(Float32Array.from(bytes, (byte) => byte / 127.5 - 1));
    },
  );

  it('takes numbers between the bytes, and gives a byte back that was scaled to −1 … 1', () => {
    const scaled = Float32Array.from(bytes, (byte) => byte / 127.5 - 1);
    const there = scaled.map((value) => (value + 1) * 127.5);
    expect(rescale(tf.tensor1d(there), unitScaling).dataSync()).toEqual(scaled);
    const [half] = rescale(tf.tensor1d([0.5]), unitScaling).dataSync();
    expect(half).toBeCloseTo(0.5 / 127.5 - 1, 6);
  });

  it('has a scale and an offset for each channel', async () => {
    const x = {
      dtype: 'float32',
      shape: [2, 3],
      values: Float32Array.of(0, 1, 100, 255, 7, 40),
    } as const;
    const [scale, offset] = [ofChannels.scale, ofChannels.offset] as [number[], number[]];
    const y = rescale(tf.tensor2d(x.values, [2, 3]), ofChannels).dataSync();
    x.values.forEach((value, i) => {
      expect(y[i]).toBeCloseTo(scale[i % 3]! * value + offset[i % 3]!, 6);
    });
    await expectCompiledMatches(({ x }) => rescale(x!, ofChannels), { x }, { relative: 1e-6 });
  });
});

describe('the layer', () => {
  const modelOf = (scaling: Scaling, channels: number) => {
    const image = tfl.input({ shape: [2, 2, channels] });
    const outputs = new Rescaling({ ...scaling, name: 'rescaling' }).apply(image);
    return tfl.model({ inputs: image, outputs: outputs as tfl.SymbolicTensor });
  };

  it('is the stock one to a program without this package', async () => {
    await expectSameOutputsElsewhere([modelOf(unitScaling, 1), modelOf(ofChannels, 3)]);
  });

  it('has no weights, and takes bytes', () => {
    const model = modelOf(unitScaling, 1);
    expect(model.weights).toEqual([]);
    const y = model.apply(tf.tensor4d([0, 255, 51, 204], [1, 2, 2, 1], 'int32')) as tf.Tensor;
    expect([...y.dataSync()]).toEqual(Array.from([-1, 1, -0.6, 0.6], Math.fround));
  });
});
