import { describe, expect, it } from 'vitest';
import { imageGrid, toBytes } from '../../src/image/grid.js';
import { scaled } from '../support/pixels.js';

describe('toBytes', () => {
  it('undoes the scaling of bytes', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(toBytes(scaled(bytes))).toEqual(bytes);
  });

  it('rounds, and clips what is outside', () => {
    const values = [-1, 1, 0.1, -3, 7, Number.POSITIVE_INFINITY, Number.NaN, 0.999];
    expect([...toBytes(Float32Array.from(values))]).toEqual([0, 255, 140, 0, 255, 255, 0, 255]);
  });
});

describe('imageGrid', () => {
  it('draws grey pictures and coloured ones, and names any others', () => {
    const layout = { count: 1, height: 1, width: 1, channels: 2 };
    expect(() => imageGrid(new Uint8Array(2), layout)).toThrow(
      'a picture has 1 or 3 channels, and these images 2',
    );
  });

  it('lays images out in rows, black between and around them', () => {
    const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const grid = imageGrid(pixels, {
      count: 3,
      height: 1,
      width: 2,
      channels: 1,
      columns: 2,
      padding: 1,
    });
    expect(grid).toMatchObject({ width: 7, height: 5, channels: 1 });
    expect([...grid.pixels]).toEqual(
      [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 1, 2, 0, 3, 4, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [0, 5, 6, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
      ].flat(),
    );
  });

  it('lays out RGB, of several rows an image, without padding', () => {
    const pixels = Uint8Array.from({ length: 2 * 2 * 1 * 3 }, (_, i) => i);
    const layout = { count: 2, height: 2, width: 1, channels: 3, columns: 2, padding: 0 } as const;
    expect([...imageGrid(pixels, layout).pixels]).toEqual([0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11]);
  });

  it('takes floats in [−1, 1], and makes about a square by default', () => {
    const layout = { count: 5, height: 4, width: 4, channels: 1 } as const;
    const grid = imageGrid(new Float32Array(80).fill(1), layout);
    expect(grid).toMatchObject({ width: 3 * 6 + 2, height: 2 * 6 + 2 });
    expect(grid.pixels.filter((value) => value === 255)).toHaveLength(80);
    expect(grid.pixels.filter((value) => value !== 255 && value !== 0)).toHaveLength(0);
  });

  it('refuses sizes that the pixels do not have', () => {
    const layout = { count: 2, height: 2, width: 2, channels: 1 } as const;
    expect(() => imageGrid(new Uint8Array(7), layout)).toThrow(
      '7 values are not 2 images of 2×2×1',
    );
    expect(() => imageGrid(new Uint8Array(8), { ...layout, columns: 0 })).toThrow(RangeError);
    expect(() => imageGrid(new Uint8Array(0), { ...layout, count: 0 })).toThrow(RangeError);
  });
});
