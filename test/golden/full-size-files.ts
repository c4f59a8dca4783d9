/**
 * Imports the full-size files that `make_released_goldens.py --full FOLDER` wrote, each in a
 * process of its own, and prints how far their logits are from the reference's, and the most memory
 * that the import and the whole process took:
 *
 *     npx tsx test/golden/full-size-files.ts FOLDER
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as tf from '@tensorflow/tfjs-core';
import { importFile } from '../../classifier/import.js';
import { openClassifier } from '../../classifier/open.js';
import { float32 } from '../../src/compile/step.js';
import { openEngine } from '../../src/engine/open.js';
import { unscaled } from '../support/pixels.js';
import { uniform } from './formula.js';
import type { ReleasedGoldens } from './imported.js';

const [folder = '.', only] = process.argv.slice(2);
const goldens = JSON.parse(readFileSync(`${folder}.json`, 'utf8')) as ReleasedGoldens;

const megabytes = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

async function compare(file: string): Promise<void> {
  const out = await mkdtemp(join(tmpdir(), 'mixgan-full-'));
  try {
    const start = performance.now();
    await importFile(join(folder, file), { head: 'keep', out });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const peak = megabytes();
    const { engine } = await openEngine('onnx');
    const { model } = await openClassifier(out);
    const step = engine.compile(({ images }) => ({ logits: model.apply(images!) as tf.Tensor }));
    const images = unscaled(uniform('images', goldens.images)).dataSync() as Float32Array;
    const { logits } = await step({ images: float32(goldens.images, images) });
    const expected = goldens.logits[file]!.flat();
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(
      ...expected.map((value, i) => Math.abs(value - logits!.values[i]!)),
    );
    process.stdout.write(
      `${file}: import ${seconds} s and ${peak} MiB; logits differ by ${difference.toExponential(1)}, the largest is ${largest.toFixed(2)}; ${megabytes()} MiB with the model\n`,
    );
  } finally {
    await rm(out, { recursive: true });
  }
}

if (only !== undefined) await compare(only);
else {
  for (const file of Object.keys(goldens.logits)) {
    const args = ['--import', 'tsx', fileURLToPath(import.meta.url), folder, file];
    spawnSync(process.execPath, args, { stdio: 'inherit' });
  }
}
