import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { ClassifierConfig } from '../../classifier/config.js';
import { classifierPlayer } from '../../classifier/player.js';
import { classifierPresets } from '../../classifier/presets.js';
import { classifierStep } from '../../classifier/step.js';
import { float32, scalar } from '../../src/compile/step.js';
import { openEngine } from '../../src/engine/open.js';
import { RandomStream } from '../../src/random.js';

it('memory stays flat over 2,000 training steps', async () => {
  const { engine } = await openEngine('onnx');
  const config: ClassifierConfig = {
    ...classifierPresets['digits-quick']!,
    model: { arch: 'mixer', patch: 4, channels: 16, tokenDim: 8, channelDim: 32, numBlocks: 1 },
  };
  const player = classifierPlayer(config, {
    imageShape: [28, 28, 1],
    classNames: [...'0123456789'],
  });
  const step = engine.compile(classifierStep(player));
  const targets = new Float32Array(8 * 10).fill(0.1);
  const inputs = {
    images: float32([8, 28, 28, 1], RandomStream.fromSeed(1).normals(8 * 784)),
    targets: float32([8, 10], targets),
    learningRate: scalar(1e-3),
  };
  const run = async (steps: number) => {
    for (let i = 0; i < steps; i++) await step(inputs);
    return { tensors: tf.memory().numTensors, bytes: process.memoryUsage().rss };
  };
  const early = await run(500);
  const late = await run(1500);
  expect(late.tensors).toBe(early.tensors);
  // One leaked copy of the images a step would be 37 MB.
  expect(late.bytes - early.bytes).toBeLessThan(32e6);
});
