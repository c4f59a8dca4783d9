/**
 * Draws how near two runs came to real digits, over the minutes that they trained:
 * `node --import tsx samples/mnist-quick/curve.ts MIXER_RUN DCGAN_RUN FILE.svg`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { chartFile, type Point } from '../../src/report/chart.js';

const [mixer, dcgan, file] = process.argv.slice(2) as [string, string, string];

async function pointsOf(run: string): Promise<Point[]> {
  const lines = (await readFile(`${run}/metrics.jsonl`, 'utf8')).trimEnd().split('\n');
  return lines
    .map((line) => JSON.parse(line) as Record<string, number>)
    .filter((record) => record['evaluation.frechetRatio'] !== undefined)
    .map((record) => [record.seconds! / 60, record['evaluation.frechetRatio']!]);
}

const chart = chartFile({
  title: 'Fréchet distance to real digits, 1 being that of real digits',
  xLabel: 'minutes on one core each, side by side',
  yLabel: 'Fréchet distance / floor',
  series: [
    { name: 'MLP-MixGAN', points: await pointsOf(mixer) },
    { name: 'DCGAN', points: await pointsOf(dcgan) },
  ],
  yScale: 'log',
});
await writeFile(file, chart);
