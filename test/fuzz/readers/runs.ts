/**
 * What a training finds in the folder of a run that it goes on with.
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ganPresets } from '../../../gan/presets.js';
import { ganSettings } from '../../../gan/settings.js';
import { float32 } from '../../../src/compile/step.js';
import { openToResume } from '../../../src/family/train.js';
import { saveCheckpoint } from '../../../src/train/checkpoint.js';
import { MetricsLog } from '../../../src/train/log.js';
import { RunFolder } from '../../../src/train/run-folder.js';
import { lockName, RunLock } from '../../../src/train/run-lock.js';
import { changedJson } from '../json.js';
import { digestOf, type Reader } from '../reader.js';

const config = ganPresets['mnist-quick']!;

export const resumedReader: Reader = {
  name: 'config.json to resume',
  weight: 0.3,
  hasChecksum: false,
  samples: async () => [Buffer.from(JSON.stringify(config))],
  forge: (sample, random) => Buffer.from(changedJson(sample.toString(), random)),
  async read(path, folder) {
    const run = new RunFolder(folder);
    const variables = new Map([['x', float32([1], Float32Array.of(1))]]);
    await saveCheckpoint(run.checkpointPath, { kind: 'gan', step: 3, config, variables });
    await rename(path, run.configPath);
    const said: string[] = [];
    const resumed = await openToResume(ganSettings, folder, {});
    const checkpoint = await resumed.checkpoint((line) => said.push(line));
    return digestOf(JSON.stringify([resumed.config, checkpoint?.step ?? null]));
  },
};

const line = (step: number): string => JSON.stringify({ step, seconds: step / 2, loss: 1 });

export const resumedMetricsReader: Reader = {
  name: 'metrics.jsonl to resume',
  weight: 0.3,
  hasChecksum: false,
  samples: async () => [Buffer.from(`${[1, 2, 3].map(line).join('\n')}\n`)],
  forge: (sample, random) => {
    const lines = sample.toString().trimEnd().split('\n');
    const place = random.integer(lines.length);
    lines[place] = changedJson(lines[place]!, random);
    return Buffer.from(`${lines.join('\n')}\n`);
  },
  async read(path, folder) {
    const own = join(folder, 'metrics.jsonl');
    await rename(path, own);
    const log = await MetricsLog.resume(own, 2);
    log.close();
    return digestOf(String(log.startSeconds));
  },
};

export const lockReader: Reader = {
  name: 'run.lock',
  weight: 0.3,
  hasChecksum: false,
  samples: async () =>
    [7, 2 ** 30].map((pid) =>
      Buffer.from(
        JSON.stringify({
          ...{ pid, host: 'elsewhere', place: 'somewhere', started: '1', token: 't' },
          since: '2026-01-01T00:00:00.000Z',
        }),
      ),
    ),
  forge: (sample, random) => Buffer.from(changedJson(sample.toString(), random)),
  async read(path, folder) {
    await rename(path, join(folder, lockName));
    await writeFile(join(folder, 'config.json'), '{}');
    const said: string[] = [];
    const lock = await RunLock.take(folder, [], (text) => said.push(text));
    await lock.release();
    return digestOf(...said);
  },
};
