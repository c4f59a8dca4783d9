/**
 * Runs of the smallest models there are, to give to commands.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { idx } from '../data/idx-bytes.js';
import { mixgan, succeeding } from '../support/cli.js';

const stage = { channels: 4, numBlocks: 1, tokenDim: 4, channelDim: 4 };

/** `--set KEY=VALUE` for each key. */
export const set = (keys: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(keys).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`]);

/** Flags of `train gan` that make the GAN tiny; its images have sides that 4 divides. */
export const tinyGan: readonly string[] = [
  '--engine=cpu',
  ...set({
    batchSize: 4,
    'generator.latentDim': 4,
    'generator.stages': [stage, { ...stage, numBlocks: 0 }],
    'discriminator.channels': 4,
    'discriminator.numBlocks': 1,
    'discriminator.tokenDim': 4,
    'discriminator.channelDim': 4,
    'penalty.every': 3,
    logEvery: 1,
  }),
];

/** Flags of `train classifier` that make the classifier tiny; its images' sides 4 divides. */
export const tinyClassifier: readonly string[] = [
  '--engine=cpu',
  ...set({
    batchSize: 8,
    model: { patch: 4, channels: 8, tokenDim: 4, channelDim: 8, numBlocks: 1 },
    logEvery: 1,
  }),
];

type Kind = 'gan' | 'classifier';

/** Trains a tiny model for two steps. */
export async function trainTiny(kind: Kind, out: string, data: string, cwd: string) {
  const tiny = kind === 'gan' ? tinyGan : tinyClassifier;
  const args = ['train', kind, ...tiny, '--data', data, '--steps=2', '--out', out];
  return succeeding(mixgan(args, { cwd }));
}

/** The bytes of an IDX file of images: no two alike, and none blank. */
export function idxImages({ count = 20, side = 8, channels = 1 } = {}): Buffer {
  const shape = channels === 1 ? [count, side, side] : [count, side, side, channels];
  const size = side * side * channels;
  const pixel = (i: number): number => (Math.floor(i / size) * 31 + (i % size) * 7) % 256;
  return idx(
    shape,
    Array.from({ length: count * size }, (_, i) => pixel(i)),
  );
}

/** Labels 0 … 9, again and again. */
export const idxLabels = (count = 20): Buffer =>
  idx(
    [count],
    Array.from({ length: count }, (_, i) => i % 10),
  );

/** Makes a folder of training images and, unless null, labels; the test part is carved from it. */
export async function writeIdxFolder(
  folder: string,
  images: Uint8Array = idxImages(),
  labels: Uint8Array | null = idxLabels(),
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'train-images-idx3-ubyte'), images);
  if (labels !== null) await writeFile(join(folder, 'train-labels-idx1-ubyte'), labels);
}
