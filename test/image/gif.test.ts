import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutputError } from '../../src/errors.js';
import { encodeGif, type GifOptions, writeGif } from '../../src/image/gif.js';
import { RandomStream } from '../../src/random.js';
import { decodeGif } from '../support/gif.js';

const noise = (length: number, seed = 1): Uint8Array => {
  const random = RandomStream.fromSeed(seed);
  return Uint8Array.from({ length }, () => random.integer(256));
};

const grey = (width: number, height: number, delayMs: GifOptions['delayMs'] = 100) =>
  ({ width, height, channels: 1, delayMs }) as const;

/** Grey pixels as the RGB that a reader shows. */
const shown = (pixels: Uint8Array): number[] => [...pixels].flatMap((v) => [v, v, v]);

describe('grey frames', () => {
  it.each<[string, number, number, Uint8Array[]]>([
    ['a single pixel', 1, 1, [Uint8Array.of(0), Uint8Array.of(255), Uint8Array.of(254)]],
    ['every grey', 16, 16, [Uint8Array.from({ length: 256 }, (_, i) => i)]],
    ['an even picture', 60, 50, [new Uint8Array(3000).fill(7)]],
    // More strings than the table holds, so that it is cleared on the way.
    ['noise', 100, 90, [noise(100 * 90), noise(100 * 90, 2)]],
    ['stripes', 60, 70, [Uint8Array.from({ length: 4200 }, (_, i) => (i % 7) * 36)]],
  ])('come back exactly: %s', (_, width, height, frames) => {
    const gif = decodeGif(encodeGif(frames, grey(width, height)));
    expect([gif.width, gif.height, gif.frames.length]).toEqual([width, height, frames.length]);
    frames.forEach((pixels, i) => {
      expect(Buffer.from(gif.frames[i]!.rgb).equals(Buffer.from(shown(pixels)))).toBe(true);
    });
  });

  it('come back exactly from a view of a larger buffer', () => {
    const view = Uint8Array.of(9, 1, 2, 9).subarray(1, 3);
    expect(decodeGif(encodeGif([view], grey(2, 1))).frames[0]!.rgb).toEqual([1, 1, 1, 2, 2, 2]);
  });
});

describe('RGB frames', () => {
  const options = { width: 4, height: 2, channels: 3, delayMs: 100 } as const;

  it('keep few and distant colours, each frame its own', () => {
    const primary = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
    const frames = [[...primary, ...primary], new Array<number>(24).fill(0)];
    const gif = decodeGif(
      encodeGif(
        frames.map((frame) => Uint8Array.from(frame)),
        options,
      ),
    );
    expect(gif.frames.map(({ rgb }) => rgb)).toEqual(frames);
  });

  it('come close where there are more colours than a palette holds', () => {
    const [width, height] = [64, 64];
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      return [4 * x, 4 * y, 128][i % 3]!;
    });
    const { frames } = decodeGif(encodeGif([pixels], { ...options, width, height }));
    const errors = frames[0]!.rgb.map((value, i) => Math.abs(value - pixels[i]!));
    expect(errors.reduce((a, b) => a + b) / errors.length).toBeLessThan(6);
    expect(Math.max(...errors)).toBeLessThan(40);
  });
});

describe('time', () => {
  const frames = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];
  const delays = (delayMs: GifOptions['delayMs']) =>
    decodeGif(encodeGif(frames, grey(1, 1, delayMs))).frames.map((frame) => frame.delayMs);

  it('is the same for every frame, or each has its own, to 10 ms', () => {
    expect(delays(80)).toEqual([80, 80, 80]);
    expect(delays([20, 124, 655_350])).toEqual([20, 120, 655_350]);
  });

  it('has no end unless told', () => {
    const repeat = (loop?: boolean) =>
      decodeGif(encodeGif(frames, { ...grey(1, 1), ...(loop === undefined ? {} : { loop }) }))
        .repeat;
    expect(repeat()).toBe(0);
    expect(repeat(true)).toBe(0);
    expect(repeat(false)).toBeUndefined();
  });
});

describe('refuses', () => {
  const pixel = Uint8Array.of(1);
  it.each<[string, Uint8Array[], GifOptions, string]>([
    ['no frames', [], grey(1, 1), 'at least one frame'],
    ['a frame of another size', [pixel, Uint8Array.of(1, 2)], grey(1, 1), 'frame 1: 2 values are'],
    ['no width', [new Uint8Array()], grey(0, 1), '1 to 65535 pixels, not 0×1'],
    ['too wide a picture', [new Uint8Array(65_536)], grey(65_536, 1), 'not 65536×1'],
    ['too short a delay', [pixel], grey(1, 1, 19), '20 to 655350 milliseconds, not 19'],
    ['too long a delay', [pixel], grey(1, 1, [655_351]), 'milliseconds, not 655351'],
    ['no delay', [pixel], grey(1, 1, Number.NaN), 'milliseconds, not NaN'],
    ['delays of other frames', [pixel], grey(1, 1, [50, 50]), '2 delays are not those of 1 frames'],
  ])('%s', (_, frames, options, message) => {
    expect(() => encodeGif(frames, options)).toThrow(RangeError);
    expect(() => encodeGif(frames, options)).toThrow(message);
  });
});

it('writes a file, and names it where it cannot', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mixgan-gif-'));
  const path = join(folder, 'a.gif');
  const frames = [Uint8Array.of(3, 200)];
  await writeGif(path, frames, grey(2, 1));
  expect((await readFile(path)).equals(encodeGif(frames, grey(2, 1)))).toBe(true);
  expect(await readdir(folder)).toEqual(['a.gif']);
  await expect(writeGif(join(folder, 'no', 'a.gif'), frames, grey(2, 1))).rejects.toThrow(
    OutputError,
  );
  await rm(folder, { recursive: true });
});
