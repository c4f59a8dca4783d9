/** Animated GIF files, in Node. */
import { createRequire } from 'node:module';
import type { Gifenc } from 'gifenc';
import { writeFileAtomic } from '../files.js';
import { encodeGifBy, type GifOptions } from './gif-encode.js';

export type { GifOptions } from './gif-encode.js';

// Required: loaders disagree on the names that `import` finds in this CommonJS module.
const gifenc = createRequire(import.meta.url)('gifenc') as Gifenc;

/**
 * The bytes of an animated GIF, as `encodeGifBy` makes them.
 *
 * @param frames each [H, W, C] row-major, 0 … 255
 * @throws RangeError as that
 */
export const encodeGif = (frames: readonly Uint8Array[], options: GifOptions): Uint8Array =>
  encodeGifBy(gifenc, frames, options);

/**
 * Writes an animated GIF; a reader never sees a part of it.
 *
 * @throws RangeError as `encodeGif`; OutputError where it cannot be written
 */
export async function writeGif(
  path: string,
  frames: readonly Uint8Array[],
  options: GifOptions,
): Promise<void> {
  await writeFileAtomic(path, encodeGif(frames, options));
}
