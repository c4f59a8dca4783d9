import { describe, expect, it, vi } from 'vitest';
import { pixelsOf } from '../../src/data/mnist-digits.js';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a file of such numbers holds, and whether it was parsed as any JSON is. */
function read(text: string) {
  const parse = vi.spyOn(JSON, 'parse');
  const pixels = pixelsOf(ascii(text));
  const isParsed = parse.mock.calls.length > 0;
  parse.mockRestore();
  return { pixels: pixels && Array.from(pixels), isParsed };
}

describe("the numbers of the package's files", () => {
  it('are the bytes that were divided, however many decimals are left', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    const numbers = bytes.map((byte) => Math.round((byte / 255) * 1000) / 1000);
    expect(read(`{ "data": [${numbers}]}\n`)).toEqual({ pixels: bytes, isParsed: false });
  });

  it('are rounded as numbers that JSON reads are', () => {
    const numbers = Array.from({ length: 1001 }, (_, n) =>
      n === 1000 ? '1' : `0.${`${n}`.padStart(3, '0')}`,
    );
    const { pixels, isParsed } = read(`{"data":[${numbers}]}`);
    expect(isParsed).toBe(false);
    expect(pixels).toEqual(numbers.map((number) => Math.round(JSON.parse(number) * 255)));
  });

  it.each([
    ['white space', '{ "data": [0, 1, 0.5] }'],
    ['a fourth decimal', '{"data":[0,1,0.5000]}'],
    ['an exponent', '{"data":[0,1,5e-1]}'],
    ['decimals of 1', '{"data":[0,1.0,0.5]}'],
    ['another key', '{"label":3,"data":[0,1,0.5]}'],
  ])('may be written with %s', (_, text) => {
    expect(read(text)).toEqual({ pixels: [0, 255, 128], isParsed: true });
  });

  it('may be none', () => {
    expect(read('{"data":[]}').pixels).toEqual([]);
  });

  it.each([
    '',
    '[]',
    '{"data":0}',
    '{"data":[0,1',
    '{"data":[0,1,]}',
    '{"data":[0,1]',
    '{"data":[0,0.]}',
    '{"data":[0,1]}}',
    '{"data":[00,1]}',
  ])('are missing from %j', (text) => {
    expect(pixelsOf(ascii(text))).toBeUndefined();
  });
});
