/** Trains a GAN into a run folder, with pictures; started again, it goes on. Arguments: folder, steps. */
import { existsSync } from 'node:fs';
import { resumeGan, trainGan } from 'mixgan/gan';

const [out = 'runs/my-gan', steps = '2600'] = process.argv.slice(2);
const watching = {
  onStep(step: number, metrics: Readonly<Record<string, number>>) {
    if (step % 100 === 0) console.log(step, metrics);
  },
};

const { outcome, steps: done } = existsSync(out)
  ? await resumeGan(out, watching)
  : await trainGan({ preset: 'mnist-quick', config: { steps: Number(steps) }, out, ...watching });
console.log(`${outcome} after ${done} steps: look at ${out}`);
