/**
 * Runs of an earlier version open, go on, and give what they gave then. `make_old_runs.sh` tells how
 * they were made.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mixgan, succeeding } from '../support/cli.js';

const golden = fileURLToPath(new URL('../golden/runs', import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-old-'));
  await cp(golden, folder, { recursive: true });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const command = (...args: string[]) => succeeding(mixgan(args, { cwd: folder }));

type Metrics = Readonly<Record<string, number>>;

const records = async (path: string): Promise<Metrics[]> =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Metrics);

describe.each(['cpu', 'onnx'])('on %s', (engine) => {
  it('a GAN draws the same pictures', async () => {
    const out = `${engine}.npy`;
    await command('sample', 'gan', '--count=10', '--seed=3', `--engine=${engine}`, '--out', out);
    const [bytes, expected] = await Promise.all(
      [join(folder, out), join(golden, 'samples.npy')].map((path) => readFile(path)),
    );
    expect(bytes!.length).toBe(expected!.length);
    const worst = bytes!.reduce(
      (most, byte, i) => Math.max(most, Math.abs(byte - expected![i]!)),
      0,
    );
    expect(worst).toBeLessThanOrEqual(1);
  });

  it('a classifier of normalised colours says the same of a picture', async () => {
    const args = ['predict', 'normalised', 'picture.png', `--engine=${engine}`, '--json'];
    const [found] = JSON.parse((await command(...args)).stdout);
    const [expected] = JSON.parse(await readFile(join(golden, 'predicted.json'), 'utf8'));
    expect(found).toMatchObject({ label: expected.label, name: expected.name });
    expected.probabilities.forEach((probability: number, k: number) => {
      expect(found.probabilities[k]).toBeCloseTo(probability, 6);
    });
  });

  it('a classifier is measured as before', async () => {
    const { stdout } = await command('evaluate', 'classifier', `--engine=${engine}`, '--json');
    const { accuracy, crossEntropy, confusion } = JSON.parse(stdout);
    const expected = JSON.parse(await readFile(join(golden, 'evaluated.json'), 'utf8'));
    expect(crossEntropy).toBeCloseTo(expected.crossEntropy, 5);
    expect({ accuracy, confusion }).toEqual({
      accuracy: expected.accuracy,
      confusion: expected.confusion,
    });
  });

  // The classifier's pixels are whole grey levels now where they were moved by a part of a pixel.
  it.each([
    ['gan', 1e-3],
    ['classifier', 2e-2],
  ] as const)('a %s goes on as it would have then', async (kind, tolerance) => {
    const run = `${engine}-${kind}`;
    await cp(join(golden, kind), join(folder, run), { recursive: true });
    await command('train', kind, '--resume', run, '--steps=6', `--engine=${engine}`);
    const found = await records(join(folder, run, 'metrics.jsonl'));
    const expected = await records(join(golden, `${kind}-resumed.jsonl`));
    expect(found.map(({ step }) => step)).toEqual(expected.map(({ step }) => step));
    for (const [i, record] of expected.entries()) {
      for (const [name, value] of Object.entries(record)) {
        if (name === 'seconds' || name === 'dataWait') continue;
        const difference = Math.abs(found[i]![name]! - value) / Math.max(1, Math.abs(value));
        expect(difference, `${name} of step ${record.step}`).toBeLessThan(tolerance);
      }
    }
  });
});
