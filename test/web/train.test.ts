/** Training as a page does it, here in Node: on onnxruntime-web's WebAssembly. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainFeatureNetwork } from '../../classifier/feature-network.js';
import { restoreGenerator } from '../../gan/checkpoint.js';
import type { GanConfig } from '../../gan/config.js';
import { trainGan as trainInTerminal } from '../../gan/train.js';
import { openEngine } from '../../src/engine/open.js';
import { bytesSource } from '../../src/formats/byte-source.js';
import { readZipDirectory, readZipEntry } from '../../src/formats/zip.js';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint.js';
import {
  checkpointBlob,
  openPageEngine,
  readCheckpoint,
  runArchive,
  trainGan,
  wasmRuntime,
} from '../../web/index.js';
import { noisyDigits, tinyMixers } from '../gan/tiny.js';

const data = { train: noisyDigits('train', 20), test: noisyDigits('test', 6) };
const config: GanConfig = { ...tinyMixers, steps: 4, logEvery: 2, pictureEvery: 2, saveEvery: 2 };
const featureNetwork = { channels: [3, 5], features: 6, steps: 4 };
const looking: GanConfig = {
  ...config,
  discriminator: { ...config.discriminator, featureNetwork } as GanConfig['discriminator'],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-web-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pageEngine = () => openPageEngine(wasmRuntime(ort, { threads: 1 }));

function expectClose(found: Checkpoint, wanted: Checkpoint): void {
  expect([...found.variables.keys()]).toEqual([...wanted.variables.keys()]);
  for (const [name, { values }] of found.variables) {
    const others = [...wanted.variables.get(name)!.values];
    // Adam turns rounding noise in gradients that should be zero into steps of its rate.
    const slack = 1e-3 * Math.max(...others.map(Math.abs)) + 2 * config.steps * 1e-3;
    const worst = Math.max(...[...values].map((value, i) => Math.abs(value - others[i]!)));
    expect(worst, name).toBeLessThan(slack);
  }
}

describe('a training in a page', () => {
  it('is the one in a terminal, and tells who watches', async () => {
    const lines: string[] = [];
    const pictures: string[] = [];
    const saved: number[] = [];
    const records: number[] = [];
    const { outcome, checkpoint } = await trainGan({
      ...{ config, data, engine: await pageEngine() },
      onLine: (line) => lines.push(line),
      onMetrics: ({ step }) => records.push(step!),
      onPicture: (name, taken, { width }) => {
        pictures.push(`${name} ${taken} ${width}`);
      },
      onSave: ({ step }) => {
        saved.push(step);
      },
    });
    expect(outcome).toBe('finished');
    expect(lines.at(-1)).toBe('finished after step 4');
    expect(records).toEqual([2, 4]);
    expect(saved).toEqual([0, 2, 4]);
    expect(pictures).toEqual(['reals 0', 'fakes 0', 'fakes 2', 'fakes 4'].map((p) => `${p} 82`));
    const { engine } = await openEngine('onnx', undefined, { threads: 1 });
    const other = await trainInTerminal({ config, data, engine });
    expectClose(checkpoint, other.checkpoint);
  });

  it('goes on where another stopped, with the same bits', async () => {
    const engine = await pageEngine();
    const whole = await trainGan({ config, data, engine });
    const half = await trainGan({ config: { ...config, steps: 2 }, data, engine });
    const from = { ...half.checkpoint, path: 'half' };
    const { checkpoint } = await trainGan({ config, data, engine, from });
    expect(checkpoint.variables).toEqual(whole.checkpoint.variables);
  });

  it('says what it cannot do', async () => {
    const scored = { ...config, evaluateEvery: 2 };
    await expect(trainGan({ config: scored, data, engine: await pageEngine() })).rejects.toThrow(
      'evaluateEvery=2: nothing was given that scores pictures',
    );
    await expect(trainGan({ config: looking, data, engine: await pageEngine() })).rejects.toThrow(
      'discriminator.featureNetwork: nothing was given that has learnt the images',
    );
  });

  it('looks with what was learnt elsewhere', async () => {
    const { engine } = await openEngine('onnx', undefined, { threads: 1 });
    const featureWeights = await trainFeatureNetwork(engine, data, featureNetwork, {
      ...{ source: 'noise', folder, say: () => undefined },
    });
    const given = { config: looking, data, featureWeights };
    const { checkpoint } = await trainGan({ ...given, engine: await pageEngine() });
    for (const [name, value] of featureWeights) {
      expect(checkpoint.variables.get(`discriminator/feature_network/${name}`)).toEqual(value);
    }
    expectClose(checkpoint, (await trainInTerminal({ ...given, engine })).checkpoint);
  });
});

describe('a checkpoint', () => {
  it('is the same file in a page and in a terminal', async () => {
    const { checkpoint } = await trainGan({ config, data, engine: await pageEngine() });
    const path = join(folder, 'terminal.safetensors');
    await saveCheckpoint(path, checkpoint);
    const blob = await checkpointBlob(checkpoint);
    const bytes = await readFile(path);
    expect(Buffer.compare(Buffer.from(await blob.arrayBuffer()), bytes)).toBe(0);
    const read = await readCheckpoint(new Blob([bytes]), 'mine', { kind: 'gan' });
    expect(read).toEqual({ ...(await loadCheckpoint(path)), path: 'mine' });
    restoreGenerator(config, read).generator.dispose();
    bytes[bytes.length - 1]! ^= 1;
    await expect(readCheckpoint(new Blob([bytes]), 'mine')).rejects.toThrow(
      'mine is damaged: its checksum does not match',
    );
  });

  it('becomes the folder of a run, which a terminal goes on with', async () => {
    const metrics: Record<string, number>[] = [];
    const { checkpoint } = await trainGan({
      ...{ config: { ...config, steps: 2 }, data, engine: await pageEngine() },
      onMetrics: (record) => metrics.push({ ...record }),
    });
    const blob = await runArchive('tab', { checkpoint, metrics });
    const archive = bytesSource('tab.zip', new Uint8Array(await blob.arrayBuffer()));
    const { entries } = await readZipDirectory(archive);
    expect(entries.map(({ name }) => name)).toEqual(
      ['config.json', 'metrics.jsonl', 'checkpoint/latest.safetensors'].map((n) => `tab/${n}`),
    );
    await mkdir(join(folder, 'tab/checkpoint'), { recursive: true });
    for (const entry of entries) {
      await writeFile(join(folder, entry.name), await readZipEntry(archive, entry));
    }
    const { resumeGan } = await import('../../gan/doors.js');
    const { engine } = await openEngine('onnx', undefined, { threads: 1 });
    const result = await resumeGan(join(folder, 'tab'), { data, engine, steps: 4 });
    expect(result).toMatchObject({ outcome: 'finished', steps: 4 });
  });
});
