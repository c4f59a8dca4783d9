/**
 * Trains a tiny model for very many steps, for `steps.ts`: tells now and then, a JSON object a line,
 * what the process holds and what its steps take. Arguments: the family, the number of steps, the
 * folder of the images, that of the run.
 */
import { readdirSync } from 'node:fs';
import { trainClassifier } from '../../classifier/index.js';
import { trainGan } from '../../gan/index.js';
import { openEngine } from '../../src/engine/open.js';
import { keepHeapFlat } from '../../src/train/heap.js';
import type { Sample } from './steps.js';

// As the command does.
keepHeapFlat();
const [, , kind, steps, data, out] = process.argv;
const total = Number(steps);
const stage = { channels: 4, numBlocks: 1, tokenDim: 4, channelDim: 4 };
const { engine } = await openEngine('onnx', undefined, { threads: 1 });
const rhythm = { logEvery: 10, saveEvery: 500, steps: total, data: data! };
const sampleEvery = Math.max(1, Math.round(total / 200));

let cpu = process.cpuUsage();
const onStep = (step: number): void => {
  if (step % sampleEvery !== 0) return;
  const { user, system } = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  const sample: Sample = {
    step,
    bytes: process.memoryUsage.rss(),
    handles: openHandles(),
    msPerStep: (user + system) / 1000 / sampleEvery,
  };
  process.stdout.write(`${JSON.stringify(sample)}\n`);
};

/** Open files and sockets, or where the system lists none, what Node waits for. */
function openHandles(): number {
  try {
    // One is that of the list itself.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return process.getActiveResourcesInfo().length;
  }
}

if (kind === 'gan') {
  await trainGan({
    ...{ engine, onStep, out },
    config: {
      ...rhythm,
      pictureEvery: 1000,
      batchSize: 4,
      generator: { latentDim: 4, stages: [stage, { ...stage, numBlocks: 0 }] },
      discriminator: { channels: 4, numBlocks: 1, tokenDim: 4, channelDim: 4 },
      penalty: { every: 8 },
    },
  });
} else {
  await trainClassifier({
    ...{ engine, onStep, out },
    config: {
      ...rhythm,
      evaluateEvery: 500,
      batchSize: 8,
      model: { patch: 4, channels: 8, tokenDim: 4, channelDim: 8, numBlocks: 1 },
    },
  });
}
