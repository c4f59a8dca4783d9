import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { openTensorFile } from '../../src/formats/open.js';
import type { LazyTensor } from '../../src/formats/safetensors.js';
import { openSafetensors, writeSafetensorsFile } from '../../src/formats/safetensors-file.js';
import { checkpointFile } from '../golden/imported.js';
import { errorOf, temporaryFolder } from './files.js';

const folder = temporaryFolder();

/** A safetensors file of one tensor. */
function fileOf(dtype: string, shape: number[], data: Uint8Array): Buffer {
  const entry = { dtype, shape, data_offsets: [0, data.length] };
  const json = Buffer.from(JSON.stringify({ x: entry }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const halves = (...bits: number[]): Buffer => Buffer.from(Uint16Array.from(bits).buffer);

async function valuesIn(bytes: Uint8Array): Promise<number[]> {
  const path = folder.path('given.safetensors');
  await writeFile(path, bytes);
  const file = await openSafetensors(path);
  try {
    return [...(await file.read('x'))];
  } finally {
    await file.close();
  }
}

describe('openSafetensors', () => {
  it('reads float64 and float32', async () => {
    const doubles = Buffer.from(Float64Array.of(Math.PI, -0).buffer);
    expect(await valuesIn(fileOf('F64', [2], doubles))).toEqual([Math.PI, -0]);
    const singles = Buffer.from(Float32Array.of(0.5, -2).buffer);
    expect(await valuesIn(fileOf('F32', [1, 2], singles))).toEqual([0.5, -2]);
  });

  it('reads every kind of float16', async () => {
    const bits = [0x0000, 0x8000, 0x3c00, 0xc500, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x7c00, 0xfc00];
    expect(await valuesIn(fileOf('F16', [10], halves(...bits)))).toEqual([
      ...[0, -0, 1, -5, 65504, 2 ** -14, 2 ** -24, -1023 * 2 ** -24],
      ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ]);
    expect(await valuesIn(fileOf('F16', [1], halves(0x7e00)))).toEqual([Number.NaN]);
  });

  it('reads every kind of bfloat16', async () => {
    const bits = [0x0000, 0x8000, 0x3f80, 0xc0a0, 0x7f80, 0x0001];
    expect(await valuesIn(fileOf('BF16', [6], halves(...bits)))).toEqual([
      ...[0, -0, 1, -5, Number.POSITIVE_INFINITY, 2 ** -133],
    ]);
  });

  it('refuses other dtypes by name', async () => {
    const bytes = fileOf('I64', [1], Buffer.alloc(8));
    expect(await errorOf(folder.path('i64'), bytes, openSafetensors)).toBe(
      ' is damaged, or not a safetensors file: tensor "x" has dtype "I64", only F64, F32, F16 and BF16 are read',
    );
  });

  it('notices truncation', async () => {
    const bytes = await readFile(checkpointFile('timm-mixer.safetensors'));
    for (const length of [0, 7, 8, 500, bytes.length - 1]) {
      const message = await errorOf(folder.path('cut'), bytes.subarray(0, length), openSafetensors);
      expect(message).toMatch(/^ is damaged, or not a safetensors file: /);
    }
  });
});

describe('writeSafetensorsFile', () => {
  it('is read back, and asks for one tensor at a time', async () => {
    const path = folder.path('written.safetensors');
    let open = 0;
    const tensor = (values: Float32Array | Float64Array, shape: number[]): LazyTensor => ({
      dtype: values instanceof Float32Array ? 'float32' : 'float64',
      shape,
      read: async () => {
        expect(open++).toBe(0);
        await new Promise((resolve) => setImmediate(resolve));
        open--;
        return values;
      },
    });
    const single = Float32Array.of(1, 2, 3);
    const double = Float64Array.of(Math.E);
    const tensors = new Map([
      ['single', tensor(single, [3])],
      ['double', tensor(double, [1, 1])],
    ]);
    await writeSafetensorsFile(path, tensors, { format: 'pt' });
    const file = await openSafetensors(path);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(Object.fromEntries(file.shapes)).toEqual({ single: [3], double: [1, 1] });
    expect(await file.read('single')).toEqual(single);
    expect(await file.read('double')).toEqual(double);
    await file.close();
  });
});

describe('openTensorFile', () => {
  it('knows a file by its first bytes, whatever it is called', async () => {
    const path = folder.path('misnamed.safetensors');
    await writeFile(path, await readFile(checkpointFile('flax-mixer.npz')));
    const file = await openTensorFile(path);
    expect(file.shapes.has('stem/kernel')).toBe(true);
    await file.close();
  });

  it.each<[string, 'npz' | 'safetensors', string]>([
    [
      'flax-mixer.npz',
      'safetensors',
      ' is a zip archive, as .npz files are, not a safetensors file',
    ],
    [
      'timm-mixer.safetensors',
      'npz',
      ' is not an .npz file: it does not begin as a zip archive does',
    ],
  ])('refuses %s as %s', async (name, format, message) => {
    const path = checkpointFile(name);
    await expect(openTensorFile(path, format)).rejects.toThrow(new InputError(`${path}${message}`));
  });

  it('names what cannot be read', async () => {
    await expect(openTensorFile(folder.path('none'))).rejects.toThrow(
      new InputError(`cannot read ${folder.path('none')}: there is no such file or folder`),
    );
    await expect(openTensorFile(folder.path('.'))).rejects.toThrow(/it is a folder, not a file$/);
  });
});
