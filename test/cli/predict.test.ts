/** What `predict` makes of pictures depends on what the classifier knows, not on their shape alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePng } from '../../src/image/png.js';
import { mixgan, succeeding } from '../support/cli.js';
import { idxImages, tinyClassifier, writeIdxFolder } from './runs.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-predict-'));
  await Promise.all(
    ['digits', 'fashion'].map(async (name) => {
      await writeIdxFolder(join(folder, name), idxImages({ side: 28 }));
      const args = ['train', 'classifier', ...tinyClassifier, '--data', `./${name}`, '--steps=3'];
      await succeeding(mixgan([...args, '--out', `${name}-run`], { cwd: folder }));
    }),
  );
  // A small dark square: as a digit it would be found, enlarged, centred and turned white on black.
  const corner = (side: number, size: number) =>
    Uint8Array.from({ length: side * side }, (_, i) =>
      i % side < size && Math.floor(i / side) < size ? 0 : 255,
    );
  const picture = (name: string, side: number, pixels: Uint8Array) =>
    writePng(join(folder, name), { width: side, height: side, channels: 1, pixels });
  await picture('small.png', 28, corner(28, 4));
  await picture('large.png', 56, corner(56, 8));
  await picture('far.png', 28, corner(28, 4).reverse());
});
afterAll(() => rm(folder, { recursive: true }));

async function predicted(run: string, ...files: string[]) {
  const args = ['predict', run, ...files, '--engine=cpu', '--json'];
  const { stdout } = await succeeding(mixgan(args, { cwd: folder }));
  return JSON.parse(stdout) as { name: string; probabilities: number[] }[];
}

it('takes pictures of clothes as they are, resized', async () => {
  const [small, large, far] = await predicted('fashion-run', 'small.png', 'large.png', 'far.png');
  expect(large!.probabilities).toEqual(small!.probabilities);
  expect(far!.probabilities).not.toEqual(small!.probabilities);
  expect(small!.name).toMatch(/[a-z]/i);
});

it('finds a digit wherever it is', async () => {
  const [small, far] = await predicted('digits-run', 'small.png', 'far.png');
  expect(far!.probabilities).toEqual(small!.probabilities);
  expect(small!.name).toMatch(/^\d$/);
});
