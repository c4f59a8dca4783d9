import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OutputError } from '../../src/errors.js';
import { encodeNpy, writeNpy } from '../../src/formats/npy.js';

/** The header's text and the bytes after it, by the format's own description. */
function parse(bytes: Uint8Array) {
  const file = Buffer.from(bytes);
  const start = 10 + file.readUInt16LE(8);
  return {
    magic: file.toString('latin1', 0, 8),
    start,
    header: file.toString('latin1', 10, start),
    data: file.subarray(start),
  };
}

it.each<[readonly number[], string]>([
  [[6], '(6,)'],
  [[2, 3], '(2, 3)'],
  [[1, 2, 3, 1], '(1, 2, 3, 1)'],
])('encodes floats of shape %j', (shape, tuple) => {
  const { magic, start, header, data } = parse(
    encodeNpy(Float32Array.of(0, 1, -1, 0.5, 2, 3), shape),
  );
  expect(magic).toBe('\x93NUMPY\x01\x00');
  expect(start % 64).toBe(0);
  expect(header.trimEnd()).toBe(`{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`);
  expect(header.endsWith(' \n') || header.endsWith('}\n')).toBe(true);
  expect(Array.from({ length: 6 }, (_, i) => data.readFloatLE(4 * i))).toEqual([
    0, 1, -1, 0.5, 2, 3,
  ]);
});

it('encodes bytes, scalars, arrays of nothing, and a view of a larger buffer', () => {
  const view = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
  expect(parse(encodeNpy(view, [2])).data.length).toBe(8);
  expect(parse(encodeNpy(view, [2])).data.readFloatLE(0)).toBe(1);
  expect([...parse(encodeNpy(Uint8Array.of(1, 2), [2])).data]).toEqual([1, 2]);
  expect(parse(encodeNpy(Uint8Array.of(7), [])).header).toContain("'descr': '|u1'");
  expect(parse(encodeNpy(Uint8Array.of(7), [])).header).toContain("'shape': ()");
  expect(parse(encodeNpy(new Uint8Array(), [0, 3])).data.length).toBe(0);
});

it('aligns the values whatever the length of the shape', () => {
  for (let rank = 1; rank < 40; rank++) {
    const { start, header } = parse(encodeNpy(Uint8Array.of(1), new Array(rank).fill(1)));
    expect(start % 64).toBe(0);
    expect(header.endsWith('\n')).toBe(true);
  }
});

it('refuses a shape that the values do not have', () => {
  expect(() => encodeNpy(Uint8Array.of(1, 2), [3])).toThrow('2 values do not have the shape [3]');
});

it('writes a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mixgan-npy-'));
  const values = Uint8Array.of(1, 2, 3);
  await writeNpy(join(folder, 'a.npy'), values, [3]);
  expect((await readFile(join(folder, 'a.npy'))).equals(encodeNpy(values, [3]))).toBe(true);
  await expect(writeNpy(join(folder, 'none', 'a.npy'), values, [3])).rejects.toThrow(OutputError);
  await rm(folder, { recursive: true });
});
