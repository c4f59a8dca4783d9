import { classifierPlayer } from '../../classifier/player.js';
import { classifierStep } from '../../classifier/step.js';
import { float32, scalar } from '../../src/compile/step.js';
import type { Engine } from '../../src/engine/engine.js';
import { RandomStream } from '../../src/random.js';
import { tinyClassifier, tinyTask } from '../classifier/tiny.js';
import { steps } from './trainings.js';

/** Trains a Mixer on noise, and returns the loss of every step, and all weights at the end. */
export async function trainClassifierSteps(engine: Engine) {
  const player = classifierPlayer(tinyClassifier, tinyTask);
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
