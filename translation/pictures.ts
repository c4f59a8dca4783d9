/**
 * The pictures that a translation's training leaves behind: images of both domains once, and again and
 * again what becomes of some held-out ones.
 */
import { joined } from '../src/arrays.js';
import { gatherBytes } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { imageGrid } from '../src/image/grid.js';
import type { Picture } from '../src/image/png.js';
import { RandomStream } from '../src/random.js';
import type { Domains } from './domains.js';
import { fromBytes, type Translators } from './translate.js';

/** Rows of a grid. */
const rows = 10;

/** A | A→B | A→B→A | B | B→A | B→A→B */
const columns = 6;

/** The held-out images that every picture of a run shows, the same for every run. */
export interface ShownImages {
  /** [N, H, W, C] in −1 … 1 */
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** Some images in an order of their own, [count, H, W, C] in −1 … 1. */
function someOf(dataset: ImageDataset, count: number, seed = 0): Float32Array {
  const order = RandomStream.fromSeed(seed).split('pictures').permutation(dataset.count);
  return fromBytes(gatherBytes(dataset, order.subarray(0, count)));
}

/**
 * As many of each domain.
 * @param most so many, where there are enough
 * @param seed of the choice
 */
export function shownImages({ a, b }: Domains, most = rows, seed = 0): ShownImages {
  const count = Math.min(most, a.count, b.count);
  return { a: someOf(a, count, seed), b: someOf(b, count, seed) };
}

/** Images of A in the left half, of B in the right. */
export function pictureOfDomains({ a, b }: Domains): Picture {
  const perRow = 5;
  const count = Math.min(rows * perRow, a.count, b.count);
  const [left, right] = [someOf(a, count), someOf(b, count)];
  const size = left.length / count;
  const parts: Float32Array[] = [];
  for (let i = 0; i < count; i += perRow) {
    const end = Math.min(count, i + perRow);
    const empty = new Float32Array((i + perRow - end) * size).fill(-1);
    parts.push(left.subarray(i * size, end * size), empty);
    parts.push(right.subarray(i * size, end * size), empty);
  }
  return gridOf(joined(parts), a, 2 * perRow);
}

/** What becomes of them, and what of that: a row for each, six columns. */
export async function pictureOfTranslations(
  { a, b }: ShownImages,
  dataset: ImageDataset,
  { aToB, bToA }: Translators,
): Promise<Picture> {
  const [fakeB, fakeA] = [await aToB(a), await bToA(b)];
  const all = [a, fakeB, await bToA(fakeB), b, fakeA, await aToB(fakeA)];
  const size = dataset.height * dataset.width * dataset.channels;
  const count = a.length / size;
  const cells = Array.from({ length: count * columns }, (_, i) => {
    const from = Math.floor(i / columns) * size;
    return all[i % columns]!.subarray(from, from + size);
  });
  return gridOf(joined(cells), dataset, columns);
}

/** @param pixels [N, H, W, C] in −1 … 1 */
function gridOf(
  pixels: Float32Array,
  { height, width, channels }: ImageDataset,
  perRow: number,
): Picture {
  const count = pixels.length / (height * width * channels);
  return imageGrid(pixels, { count, height, width, channels, columns: perRow });
}
