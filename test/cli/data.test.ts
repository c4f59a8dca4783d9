/**
 * Commands on data other than digits: CIFAR's files and folders of pictures.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../src/image/png.js';
import { writeCifar10 } from '../data/cifar-files.js';
import { mixgan, succeeding } from '../support/cli.js';
import { set, tinyClassifier, tinyGan } from './runs.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-data-'));
  await writeCifar10(join(folder, 'cifar'));
  // Two classes of pictures of several sizes, red ones and blue ones.
  for (const [name, colour] of Object.entries({ red: [200, 20, 10], blue: [10, 30, 220] })) {
    await mkdir(join(folder, 'pictures', name), { recursive: true });
    for (let i = 0; i < 10; i++) {
      const [width, height] = [8 + i, 12];
      const pixels = Uint8Array.from(
        { length: width * height * 3 },
        (_, at) => colour[at % 3]! + ((at * 7 + i) % 30),
      );
      const png = encodePng({ width, height, channels: 3, pixels });
      await writeFile(join(folder, 'pictures', name, `${i}.png`), png);
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => mixgan(args, { cwd: folder });
const everything = set({
  normalise: 'dataset',
  'augmentation.cropPadding': 1,
  'augmentation.flip': 0.5,
  'augmentation.randAugment.ops': 2,
  'augmentation.erasing.probability': 0.5,
  'augmentation.cutMix.probability': 0.5,
  'augmentation.labelSmoothing': 0.1,
});

describe('a classifier', () => {
  it('trains on CIFAR with every augmentation, is evaluated and exported', async () => {
    const flags = [...tinyClassifier, ...everything, '--data=cifar', '--image-size=8'];
    await succeeding(run('train', 'classifier', ...flags, '--steps=3', '--out=c'));
    const config = JSON.parse(await readFile(join(folder, 'c', 'config.json'), 'utf8'));
    expect(config).toMatchObject({ imageSize: 8, normalise: 'dataset' });
    const metrics = await readFile(join(folder, 'c', 'metrics.jsonl'), 'utf8');
    const steps = metrics
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((r) => 'loss' in r);
    expect(steps.length).toBe(3);
    for (const { dataWait } of steps) expect(dataWait >= 0 && dataWait <= 1).toBe(true);

    const { stdout } = await succeeding(run('evaluate', 'c', '--engine=cpu', '--json'));
    expect(JSON.parse(stdout)).toMatchObject({ data: 'cifar test', count: 2 });
    await succeeding(run('export', 'c', '--format=safetensors', '--out=c.safetensors'));
    const exported = await readFile(join(folder, 'c.safetensors'), 'latin1');
    expect(exported).toContain('From images of pixels in 0 ... 255 to logits');
  });

  it('trains on pictures, and says which are held out', async () => {
    const flags = [...tinyClassifier, '--data=pictures'];
    const refused = await run('train', 'classifier', ...flags, '--steps=2');
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringMatching(/\.png is \d+×12, but .*; train with --image-size N to make all/),
    ]);
    const { stderr } = await succeeding(
      run('train', 'classifier', ...flags, '--steps=2', '--image-size=8', '--out=p'),
    );
    expect(stderr).toContain('4 of its 20, the same share of every class, are held out');
    const resumed = await run('train', 'classifier', '--resume=p', '--image-size=8');
    expect(resumed.stderr).toMatch(/cannot be combined with --image-size/);
  });
});

it('a GAN trains on coloured pictures, resized', async () => {
  const flags = [...tinyGan, '--data=pictures', '--image-size=8', '--steps=2', '--out=g'];
  await succeeding(run('train', 'gan', ...flags));
  const { stdout } = await succeeding(
    run('sample', 'g', '--engine=cpu', '--count=2', '--out=s.npy', '--json'),
  );
  expect(stdout).toContain('s.npy');
  expect(await readFile(join(folder, 's.npy'), 'latin1')).toMatch(/\(2, 8, 8, 3\)/);
});
