import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { readGreyPng, toGrey } from '../../src/image/grey.js';
import { type Picture, writePng } from '../../src/image/png.js';

describe('toGrey', () => {
  const grey = (channels: Picture['channels'], ...pixels: number[]) => [
    ...toGrey({
      width: pixels.length / channels,
      height: 1,
      channels,
      pixels: Uint8Array.from(pixels),
    }).grey,
  ];

  it('weighs colours as Rec. 601 does', () => {
    expect(grey(1, 0, 7, 255)).toEqual([0, 7, 255]);
    expect(grey(3, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255)).toEqual([76, 150, 29, 255]);
  });

  it('lays what is transparent on white', () => {
    expect(grey(2, 0, 255, 0, 0, 0, 128, 200, 255)).toEqual([0, 255, 127, 200]);
    expect(grey(4, 0, 0, 0, 255, 9, 9, 9, 0)).toEqual([0, 255]);
  });

  it('lays on black what shows nothing on white', () => {
    expect(grey(2, 255, 255, 255, 0, 255, 128)).toEqual([255, 0, 128]);
    expect(grey(4, 250, 250, 250, 0, 250, 250, 250, 255)).toEqual([0, 250]);
  });

  it('keeps an even picture even', () => {
    expect(grey(2, 40, 255, 40, 255)).toEqual([40, 40]);
    expect(grey(2, 0, 0, 0, 0)).toEqual([255, 255]);
  });
});

it('reads a file, and names it where it is none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mixgan-grey-'));
  const path = join(folder, 'a.png');
  await expect(readGreyPng(path)).rejects.toThrow(InputError);
  const picture: Picture = { width: 2, height: 1, channels: 1, pixels: Uint8Array.of(3, 200) };
  await writePng(path, picture);
  expect(await readGreyPng(path)).toEqual({ width: 2, height: 1, grey: picture.pixels });
  await rm(folder, { recursive: true });
});
