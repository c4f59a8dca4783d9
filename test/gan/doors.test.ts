import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openClassifier, trainClassifier } from '../../classifier/doors.js';
import { openGan, resumeGan, trainGan } from '../../gan/doors.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { UsageError } from '../../src/errors.js';
import { noisyDigits, tinyMixers } from './tiny.js';

const data = { train: noisyDigits('train', 40), test: noisyDigits('test', 20) };
const { kind: _, preset: __, data: ___, ...config } = { ...tinyMixers, conditional: true };

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-gan-doors-'));
  ({ engine } = await openEngine('cpu'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a script trains without a file, and draws', async () => {
  const before = await readdir('.');
  const result = await trainGan({ data, engine, config });
  expect(result).toMatchObject({ outcome: 'finished', steps: 3 });
  const gan = await openGan(result.checkpoint, { engine });
  const pictures = await gan.sample({ count: 3, class: 'two', seed: 1 });
  expect(pictures).toHaveLength(3 * 64);
  expect(await gan.sample({ count: 2, class: '2', seed: 1 })).toEqual(pictures.subarray(0, 128));
  const warm = await openGan(result.checkpoint, { engine, temperature: 4 });
  expect(await warm.sample({ count: 3, class: 'two', seed: 1 })).not.toEqual(pictures);
  for (const temperature of [0, Number.NaN, Number.POSITIVE_INFINITY]) {
    await expect(openGan(result.checkpoint, { engine, temperature })).rejects.toThrow(
      `a temperature is a number greater than 0, not ${temperature}`,
    );
  }
  await expect(gan.sample({ class: 'nine' })).rejects.toThrow(UsageError);
  await expect(gan.sample({ count: 0 })).rejects.toThrow(UsageError);
  expect(await readdir('.')).toEqual(before);
  await Promise.all([gan.dispose(), warm.dispose()]);
});

it('a temperature is that of the pictures alone, and stays with what is trained', async () => {
  const result = await trainGan({ data, engine, config });
  const warm = await trainGan({ data, engine, config: { ...config, temperature: 1.5 } });
  expect(warm.checkpoint.variables).toEqual(result.checkpoint.variables);
  const [plain, kept] = await Promise.all([
    openGan(result.checkpoint, { engine, temperature: 1.5 }),
    openGan(warm.checkpoint, { engine }),
  ]);
  expect(await kept.sample({ count: 3 })).toEqual(await plain.sample({ count: 3 }));
  await Promise.all([plain.dispose(), kept.dispose()]);
});

it('a script stops, goes on, and exports', async () => {
  const out = join(folder, 'run');
  const signal = AbortSignal.abort();
  expect(await trainGan({ data, engine, config, out, signal })).toMatchObject({
    ...{ outcome: 'interrupted', steps: 0 },
  });
  const { checkpoint } = await resumeGan(out, { data, engine });
  const straight = await trainGan({ data, engine, config });
  expect(checkpoint.variables).toEqual(straight.checkpoint.variables);
  const gan = await openGan(out, { engine });
  const file = join(folder, 'generator.safetensors');
  expect(await gan.export({ format: 'safetensors', out: file })).toEqual([file]);
});

it('a classifier of the same images scores a training, and its outcome', async () => {
  const sizes = { patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 };
  const judged = await trainClassifier({
    ...{ data, engine },
    config: { steps: 2, batchSize: 4, model: sizes },
  });
  const { extractor } = await openClassifier(judged.checkpoint, { engine });
  const scored = { ...config, pictureEvery: 1, evaluateEvery: 3 };
  const out = join(folder, 'scored');
  await expect(trainGan({ data, engine, out, config: scored })).rejects.toThrow(
    'evaluateEvery=3: nothing was given that scores pictures',
  );
  const result = await trainGan({ data, engine, out, config: scored, extractor });
  expect(result.metrics['evaluation.frechet']).toBeGreaterThan(0);
  const gan = await openGan(out, { engine });
  const { extractors } = await gan.evaluate(data, { extractors: [extractor] });
  expect(extractors[0]!.generated.frechet).toBeGreaterThan(0);
});
