import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256 } from '../../src/formats/sha256.js';
import { RandomStream } from '../../src/random.js';

const random = RandomStream.fromSeed(0);
const bytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.integer(256));

it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000])('is right of %i bytes', (length) => {
  const all = bytes(length);
  expect(sha256([all])).toBe(createHash('sha256').update(all).digest('hex'));
});

it('takes pieces of any length for what they are together', () => {
  const all = bytes(500);
  const pieces = [
    all.subarray(0, 3),
    all.subarray(3, 200),
    all.subarray(200, 200),
    all.subarray(200),
  ];
  expect(sha256(pieces)).toBe(createHash('sha256').update(all).digest('hex'));
});
