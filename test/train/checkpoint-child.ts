/**
 * Saves checkpoints as fast as it can, for `checkpoint-kill.test.ts`: every step number printed is
 * that of a checkpoint whose saving was over. Arguments: the path and the first step.
 */
import { writeSync } from 'node:fs';
import { saveCheckpoint } from '../../src/train/checkpoint.js';

const [, , path, first] = process.argv;
for (let step = Number(first); ; step++) {
  const values = new Float32Array(100_000).fill(step);
  await saveCheckpoint(path!, {
    kind: 'gan',
    step,
    config: {},
    variables: new Map([['w', { dtype: 'float32', shape: [100, 1000], values }]]),
  });
  writeSync(1, `${step}\n`);
}
