import { classifierPlayer } from '../../classifier/player.js';
import { classifierPresets } from '../../classifier/presets.js';
import { classifierStep } from '../../classifier/step.js';
import { float32, scalar } from '../../src/compile/step.js';
import type { Engine } from '../../src/engine/engine.js';
import { RandomStream } from '../../src/random.js';
import { steps } from './trainings.js';

const task = { imageShape: [8, 8, 1], classNames: ['a', 'b', 'c'] } as const;

/** Adam would turn rounding noise in gradients that should be zero into steps of its rate. */
const optimiser = {
  kind: 'sgd',
  rate: 1,
  finalShare: 1,
  warmupSteps: 0,
  schedule: 'cosine',
  momentum: 0.9,
  nesterov: false,
  weightDecay: 0.01,
} as const;

/** Trains a Mixer on noise, and returns the loss of every step, and all weights at the end. */
export async function trainClassifierSteps(engine: Engine) {
  const player = classifierPlayer(
    {
      ...classifierPresets['digits-quick']!,
      model: { arch: 'mixer', patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 },
      optimiser,
    },
    task,
  );
  const step = engine.compile(classifierStep(player));
  const random = RandomStream.fromSeed(2);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const images = float32([6, 8, 8, 1], random.split(i).normals(6 * 64));
    const targets = float32(
      [6, 3],
      Float32Array.from({ length: 18 }, (_, j) => +(j % 4 === 0)),
    );
    const { loss } = await step({
      images,
      targets,
      learningRate: scalar(0.05),
      emaDecay: scalar(0.9),
    });
    losses.push(loss!.values[0]!);
  }
  const weights: Record<string, number[]> = {};
  for (const [name, variable] of player.state) weights[name] = [...(await variable.data())];
  await step.dispose();
  player.dispose();
  return { losses, weights };
}
