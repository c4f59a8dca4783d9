/** What the explorer gives to keep: a picture, a walk, a latent. */
import * as gifenc from 'gifenc';
import { encodeGifBy } from '../../../../src/image/gif-encode.js';
import { pngOf } from '../../parts/save.js';
import { type Point, pointOf } from './finds.js';
import { enlarged } from './paint.js';

/** Pictures are enlarged by whole pixels to this side at least, to be seen where they are shown. */
const leastSide = 280;

const timesOf = ({ width, height }: ImageData): number =>
  Math.max(1, Math.ceil(leastSide / Math.max(width, height)));

export const pngFile = (image: ImageData): Promise<Blob> => pngOf(enlarged(image, timesOf(image)));

/** @param frames in order, shown again from the first for ever */
export function gifFile(frames: readonly ImageData[], delayMs: number): Blob {
  const times = timesOf(frames[0]!);
  const { width, height } = frames[0]!;
  const side = { width: width * times, height: height * times };
  const isGrey = frames.every(({ data }) =>
    data.every((value, i) => i % 4 === 3 || value === data[i - (i % 4)]),
  );
  const channels = isGrey ? 1 : 3;
  const bytes = encodeGifBy(
    gifenc,
    frames.map((frame) => pixelsOf(enlarged(frame, times), channels)),
    { ...side, channels, delayMs },
  );
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/gif' });
}

function pixelsOf(canvas: HTMLCanvasElement, channels: number): Uint8Array {
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  return Uint8Array.from(
    { length: (data.length / 4) * channels },
    (_, i) => data[4 * Math.floor(i / channels) + (i % channels)]!,
  );
}

/** A point with where it is from, as JSON. */
export const latentFile = ({ latent, label }: Point, run: string, step: number): string =>
  `${JSON.stringify({ run, step, latent: [...latent], ...(label && { label: [...label] }) })}\n`;

/** Longer than any latent is. */
const longest = 2 ** 22;

/** @throws Error in a line for the visitor, where it is no file of `latentFile` for this generator */
export async function readLatent(
  file: File,
  latentDim: number,
  numClasses: number,
): Promise<Point> {
  if (file.size > longest) throw new Error(`${file.name} is too long for a latent`);
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch {
    throw new Error(`${file.name} is no JSON`);
  }
  try {
    return pointOf(value, latentDim, numClasses);
  } catch (thrown) {
    throw new Error(`${file.name}: ${(thrown as Error).message}`);
  }
}
