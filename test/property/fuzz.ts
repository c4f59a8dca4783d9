/**
 * Random programs, compiled and eager, as many as are asked for:
 * `npm run fuzz:compile -- --graphs 20000 --seed 1`.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { campaign } from './campaign.js';
import { print } from './program.js';

const { values } = parseArgs({
  options: {
    graphs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
});
const number = (name: keyof typeof values): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`--${name} is a whole number, not ${values[name]}\n`);
  process.exit(2);
};

tf.enableProdMode();
const report = await campaign({
  ...{ graphs: number('graphs'), seed: number('seed'), first: number('first') },
  failed({ index, how, program, text }) {
    process.stdout.write(`\nprogram ${index}, ${how}: ${text}\n${print(program)}\n`);
  },
  progress(done) {
    if (done % 1000 === 0) process.stderr.write(`${done} programs\n`);
  },
});
process.stdout.write(`${report.table}\n`);
process.exit(report.failures === 0 ? 0 : 1);
