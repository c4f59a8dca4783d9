/** What a classifier sees of a pad, and of a photograph. */
import { describe, expect, it } from 'vitest';
import { normaliseDigit } from '../../../src/data/digit.js';
import { greyOf, withoutLight } from '../../../studio/page/views/draw/photo.js';
import {
  isMnists,
  isOfDigits,
  seenDigit,
  seenPicture,
  softmax,
} from '../../../studio/page/views/draw/seen.js';
import { longer, moved } from '../../../studio/page/views/draw/strokes.js';

const side = 80;

/** An L, 1 where there is ink. */
const isInk = (x: number, y: number): boolean =>
  (x >= 24 && x < 32 && y >= 15 && y < 60) || (y >= 52 && y < 60 && x >= 24 && x < 52);

const picture = (value: (x: number, y: number) => number): Float32Array =>
  Float32Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side)));

const onPad = normaliseDigit({
  ...{ width: side, height: side },
  grey: Uint8Array.from(picture((x, y) => (isInk(x, y) ? 255 : 0))),
});

describe('a photograph', () => {
  it('of dark ink under a falling light is seen as what was drawn on the pad', () => {
    // From 230 to 80 across the page; the ink is darker by 60 wherever it is.
    const grey = picture((x, y) => 230 - x - 0.9 * y - (isInk(x, y) ? 60 : 0));
    const seen = seenDigit(withoutLight(grey, side, side))!;
    const off = seen.map((value, i) => Math.abs(value - onPad[i]!));
    expect(Math.max(...off)).toBeLessThan(20);
    // With the light, the corners differ more than the ink does.
    const lit = grey.map((value) => value / 255);
    expect(seenDigit({ width: side, height: side, grey: lit })).toBeUndefined();
  });

  it('of chalk on a board is too', () => {
    const grey = picture((x, y) => 40 + 0.5 * x + (isInk(x, y) ? 120 : 0));
    const seen = seenDigit(withoutLight(grey, side, side))!;
    expect(Math.max(...seen.map((value, i) => Math.abs(value - onPad[i]!)))).toBeLessThan(20);
  });

  it('of an empty page shows nothing', () => {
    const grey = picture((x, y) => 200 - x + 0.3 * y);
    expect(seenDigit(withoutLight(grey, side, side))).toBeUndefined();
  });

  it('is grey as eyes see it, on white where it is clear', () => {
    const rgba = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 0, 0);
    expect([...greyOf(rgba)].map(Math.round)).toEqual([76, 150, 255]);
  });
});

it('a pad without ink has no digit', () => {
  expect(seenDigit({ width: side, height: side, grey: new Uint8Array(side ** 2) })).toBeUndefined();
});

it('a picture for another net keeps its colours, and its middle', () => {
  const rgba = new Uint8ClampedArray(4 * 4 * 8);
  for (let i = 0; i < 32; i++) rgba.set([i % 8 < 4 ? 255 : 0, 10, 20, 255], 4 * i);
  const seen = seenPicture(rgba, { width: 8, height: 4 }, [2, 2, 3]);
  expect([...seen]).toEqual([255, 10, 20, 0, 10, 20, 255, 10, 20, 0, 10, 20]);
  expect(isMnists([28, 28, 1])).toBe(true);
  expect(isMnists([32, 32, 3])).toBe(false);
  expect(isOfDigits([...'0123456789'])).toBe(true);
  expect(isOfDigits(['shirt', 'bag'])).toBe(false);
});

it('logits of any size become probabilities', () => {
  const found = softmax(Float32Array.of(1000, 1000 + Math.log(3), -1000));
  expect([...found].map((value) => Number(value.toFixed(3)))).toEqual([0.25, 0.75, 0]);
});

it('a pen stays on the pad', () => {
  expect(moved({ x: 0.5, y: 0.03 }, 'ArrowUp', 0.06)).toEqual({ x: 0.5, y: 0.02 });
  expect(moved({ x: 0.5, y: 0.5 }, 'a', 0.06)).toBeUndefined();
  expect(longer([[{ x: 0, y: 0 }]], { x: 1, y: 1 })).toEqual([
    [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
  ]);
});
