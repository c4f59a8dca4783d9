import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { crossEntropy } from '../../classifier/step.js';
import { type StepFunction, uint8 } from '../../src/compile/step.js';
import { scalingOf } from '../../src/data/normalisation.js';
import { oneHot } from '../../src/data/one-hot.js';
import type { Engine, EngineName } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { mlpMixer } from '../../src/mixer/mixer.js';
import { rescale } from '../../src/mixer/rescaling.js';
import { gradientsOf } from '../../src/train/gradients.js';
import { modelVariables } from '../../src/train/variables.js';
import { expectAllClose, expectClose } from '../support/close.js';
import { assignInitialWeights } from './formula.js';
import { readGoldens } from './read.js';

const { config, labels, ...goldens } = readGoldens('pixels');
const shape = [labels.length, ...config.imageShape];
const bytes = Uint8Array.from(
  { length: shape.reduce((a, b) => a * b) },
  (_, i) => (53 * i + Math.floor(i / 7)) % 256,
);

const targets = oneHot(Int32Array.from(labels), config.numClasses);

describe.each<EngineName>(['cpu', 'wasm', 'onnx'])('bytes against PyTorch, on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    ({ engine } = await openEngine(name));
  });

  it.each(['unit', 'dataset'] as const)(
    'scaled as for %s: logits, cross-entropy, gradients',
    async (kind) => {
      const golden = goldens[kind];
      // Theirs is of 0 … 1, ours of −1 … 1.
      const scaling = scalingOf({
        mean: golden.mean.map((mean) => 2 * mean - 1),
        std: golden.std.map((std) => 2 * std),
      });
      const model = mlpMixer(config, { scaling });
      const weights = modelVariables(model, 'mixer');
      assignInitialWeights(weights);
      const step: StepFunction = ({ images, targets }) => {
        const { reports, gradients } = gradientsOf(() => {
          const logits = model.apply(images!, { training: true }) as tf.Tensor;
          const loss = crossEntropy(logits, targets!);
          return { loss, logits, crossEntropy: tf.clone(loss) };
        }, weights);
        const scaled = rescale(images!, scaling);
        const { logits, crossEntropy: loss } = reports;
        return { scaled, logits: logits!, loss: loss!, ...Object.fromEntries(gradients) };
      };
      const outputs = await engine.compile(step)({ images: uint8(shape, bytes), targets });
      const tensors = new Map(
        Object.entries(outputs).map(([key, { values, shape: length }]) => {
          return [key, tf.tensor(values, [...length])] as const;
        }),
      );
      for (const [what, expected] of [
        ['scaled', golden.images],
        ['logits', golden.logits],
        ['loss', golden.loss],
      ] as const) {
        expectClose(tensors.get(what)!, expected, { relative: 1e-5, what });
        tensors.delete(what);
      }
      expect(tensors.size).toBe(weights.size);
      expectAllClose(tensors, golden.gradients, 1e-4);
      model.dispose();
    },
  );
});
