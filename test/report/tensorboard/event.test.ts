import { expect, it } from 'vitest';
import { decodePng } from '../../../src/image/png.js';
import {
  pictureEvent,
  restartEvent,
  scalarsEvent,
  versionEvent,
} from '../../../src/report/tensorboard/event.js';
import { readEvent } from '../../support/tensorboard.js';

const at = { wallTime: 1.5, step: 3 };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// What TensorBoard's own classes serialise.
it.each([
  ['a version', versionEvent(at), '09000000000000f83f10031a0d627261696e2e4576656e743a32'],
  ['a restart', restartEvent(at), '09000000000000f83f10033a020801'],
  [
    'a number',
    scalarsEvent(at, { 'a/b': 0.25 }),
    '09000000000000f83f10032a0c0a0a0a03612f62150000803e',
  ],
])('%s has the bytes of TensorBoard’s', (_, bytes, expected) => {
  expect(hex(bytes)).toBe(expected);
});

it('several numbers are one event', () => {
  expect(readEvent(scalarsEvent(at, { 'd/loss': 1.5, 'g/loss': -2, seconds: 0 }))).toEqual({
    ...at,
    scalars: { 'd/loss': 1.5, 'g/loss': -2, seconds: 0 },
    images: [],
    nodes: [],
  });
});

it('a picture keeps its size and its pixels', () => {
  const pixels = Uint8Array.from({ length: 18 }, (_, i) => 14 * i);
  const picture = { width: 3, height: 2, channels: 3, pixels } as const;
  const { images, step } = readEvent(pictureEvent(at, 'fakes', picture));
  expect(step).toBe(3);
  expect(images).toEqual([
    { tag: 'fakes', width: 3, height: 2, channels: 3, png: expect.any(Buffer) },
  ]);
  expect(decodePng(images[0]!.png)).toEqual(picture);
});
