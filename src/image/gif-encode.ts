/**
 * Animated GIF files (https://www.w3.org/Graphics/GIF/spec-gif89a.txt), through gifenc; how that is
 * loaded is another matter in Node than in a page.
 */
import type { Colour, Gifenc } from 'gifenc';

export interface GifOptions {
  readonly width: number;
  readonly height: number;
  /** C: 1 grey, kept exactly; 3 RGB, in up to 256 colours chosen for each frame. */
  readonly channels: 1 | 3;
  /** How long a frame is shown, in milliseconds, rounded to 10; or that of each frame. */
  readonly delayMs: number | readonly number[];
  /** Whether it starts again for ever, as it does by default, or is shown once. */
  readonly loop?: boolean;
}

/** Browsers take a shorter delay for a mistake and show the frame for 100 ms. */
const shortestDelayMs = 20;

/** The format's 16 bits: pixels of a side, and hundredths of a second. */
const most = 0xffff;

const greys: readonly Colour[] = Array.from({ length: 256 }, (_, grey) => [grey, grey, grey]);

/**
 * The bytes of an animated GIF; the same frames always give the same bytes.
 *
 * @param frames each [H, W, C] row-major, 0 … 255
 * @throws RangeError where there are no frames, the sizes are not those of the pixels, or a size or
 *   delay is not one that the format has
 */
export function encodeGifBy(
  gifenc: Gifenc,
  frames: readonly Uint8Array[],
  options: GifOptions,
): Uint8Array {
  const { width, height, channels, loop = true } = options;
  checkSizes(frames, options);
  const delays = delaysOf(frames.length, options.delayMs);
  const encoder = gifenc.GIFEncoder();
  frames.forEach((pixels, i) => {
    // The first frame's palette is the file's, and greys need no other.
    const { indices, palette } =
      channels === 3
        ? quantised(gifenc, pixels)
        : { indices: pixels, palette: i === 0 ? greys : undefined };
    encoder.writeFrame(indices, width, height, {
      delay: delays[i]!,
      repeat: loop ? 0 : -1,
      ...(palette === undefined ? {} : { palette }),
    });
  });
  encoder.finish();
  return encoder.bytes();
}

function checkSizes(frames: readonly Uint8Array[], { width, height, channels }: GifOptions): void {
  if (frames.length === 0) throw new RangeError('an animation has at least one frame');
  const fits = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= most;
  if (!fits(width) || !fits(height)) {
    throw new RangeError(`the sides of a GIF are 1 to ${most} pixels, not ${width}×${height}`);
  }
  const wrong = frames.findIndex(({ length }) => length !== width * height * channels);
  if (wrong >= 0) {
    throw new RangeError(
      `frame ${wrong}: ${frames[wrong]!.length} values are not a picture of ${width}×${height}×${channels}`,
    );
  }
}

function delaysOf(count: number, delayMs: GifOptions['delayMs']): readonly number[] {
  const delays = typeof delayMs === 'number' ? new Array<number>(count).fill(delayMs) : delayMs;
  if (delays.length !== count) {
    throw new RangeError(`${delays.length} delays are not those of ${count} frames`);
  }
  const wrong = delays.find((delay) => !(delay >= shortestDelayMs && delay <= most * 10));
  if (wrong !== undefined) {
    throw new RangeError(
      `a frame is shown for ${shortestDelayMs} to ${most * 10} milliseconds, not ${wrong}`,
    );
  }
  return delays;
}

/** RGB pixels [H, W, 3] as indices [H, W] into colours chosen for them. */
function quantised(
  gifenc: Gifenc,
  rgb: Uint8Array,
): { indices: Uint8Array; palette: readonly Colour[] } {
  const rgba = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba.set(rgb.subarray(from, from + 3), to);
  }
  const palette = gifenc.quantize(rgba, greys.length);
  return { indices: gifenc.applyPalette(rgba, palette), palette };
}
