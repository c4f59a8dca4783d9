import { readFile, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { float32, type HostTensor, int32 } from '../../src/compile/step.js';
import { InputError } from '../../src/errors.js';
import { readSafetensors } from '../../src/formats/safetensors.js';
import { writeSafetensors } from '../../src/formats/safetensors-file.js';
import type { LazyTensor } from '../../src/formats/tensor-file.js';
import { releasedFile } from '../golden/imported.js';
import { contentsOf, errorOf as errorOfFile, temporaryFolder } from './files.js';
import { encoded, safetensorsIn, safetensorsOf } from './safetensors-bytes.js';

const folder = temporaryFolder();

const tensors = new Map<string, HostTensor>([
  ['w/kernel', float32([2, 3], Float32Array.of(1, -0, 0.1, NaN, 5, 6))],
  ['步', int32([], Int32Array.of(-(2 ** 31)))],
  ['empty', float32([0, 4], new Float32Array(0))],
]);

/** A file with the header and the data given, for what the encoder would never write. */
function fileOf(header: string, data: readonly number[] = []): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.from(data)]);
}

async function errorOf(bytes: Uint8Array): Promise<string> {
  try {
    await safetensorsIn(bytes);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(InputError);
    const { message } = thrown as InputError;
    expect(message).not.toContain('\n');
    const prefix = 'x.safetensors is damaged, or not a safetensors file: ';
    expect(message.startsWith(prefix)).toBe(true);
    return message.slice(prefix.length);
  }
  throw new Error('the file was accepted');
}

const entry = (shape: string, offsets: string, dtype = 'F32') =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

/** A file of one tensor, x. */
const oneTensor = (dtype: string, shape: number[], data: Uint8Array): Uint8Array =>
  fileOf(`{"x":${entry(JSON.stringify(shape), `[0,${data.length}]`, dtype)}}`, [...data]);

const halves = (...bits: number[]): Buffer => Buffer.from(Uint16Array.from(bits).buffer);

async function valuesIn(bytes: Uint8Array): Promise<number[]> {
  const path = folder.path('given.safetensors');
  await writeFile(path, bytes);
  return [...(await contentsOf(path, readSafetensors)).values.get('x')!];
}

describe('encodeSafetensors', () => {
  it('writes the bytes that the format asks for', async () => {
    const bytes = await encoded(
      new Map<string, LazyTensor>([
        ['b', { dtype: 'int32', shape: [1, 2], read: async () => Int32Array.of(7, -1) }],
        ['a', { dtype: 'float64', shape: [1], read: async () => Float64Array.of(-2) }],
      ]),
      { k: 'v' },
    );
    const header =
      '{"__metadata__":{"k":"v"},' +
      '"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},' +
      '"b":{"dtype":"I32","shape":[1,2],"data_offsets":[8,16]}} ';
    expect(header.length).toBe(136);
    expect(bytes).toEqual(
      Buffer.concat([
        Buffer.from([136, 0, 0, 0, 0, 0, 0, 0]),
        Buffer.from(header),
        Buffer.from([0, 0, 0, 0, 0, 0, 0, 0xc0, 7, 0, 0, 0, 255, 255, 255, 255]),
      ]),
    );
  });

  it('writes the values of a view, not of the buffer behind it', async () => {
    const values = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const bytes = await safetensorsOf(new Map([['a', float32([2], values)]]));
    const decoded = await safetensorsIn(bytes);
    expect(decoded.tensors.get('a')?.values).toEqual(Float32Array.of(2, 3));
  });

  it('refuses a shape that contradicts the values, and the reserved name', async () => {
    const encode = (name: string, shape: number[]) =>
      safetensorsOf(new Map([[name, float32(shape, new Float32Array(3))]]));
    await expect(encode('a', [2, 2])).rejects.toThrow('tensor a of shape [2,2] has 3 values');
    await expect(encode('__metadata__', [3])).rejects.toThrow('cannot be named __metadata__');
  });
});

describe('readSafetensors', () => {
  it('gives back every tensor, bit by bit, and the metadata', async () => {
    const metadata = { format: 'test', text: 'quotes " and\nlines, ü' };
    const decoded = await safetensorsIn(await safetensorsOf(tensors, metadata));
    expect(decoded.metadata).toEqual(metadata);
    expect(new Set(decoded.tensors.keys())).toEqual(new Set(tensors.keys()));
    for (const [name, tensor] of tensors) expect(decoded.tensors.get(name)).toEqual(tensor);
  });

  it('reads from any position in memory, and copies', async () => {
    const bytes = await safetensorsOf(tensors);
    const shifted = Buffer.alloc(bytes.length + 1);
    shifted.set(bytes, 1);
    const decoded = await safetensorsIn(shifted.subarray(1));
    shifted.fill(0);
    expect(decoded.tensors.get('w/kernel')).toEqual(tensors.get('w/kernel'));
    expect(decoded.tensors.get('步')).toEqual(tensors.get('步'));
  });

  it('reads a file without tensors', async () => {
    expect(await safetensorsIn(fileOf('{}'))).toEqual({ tensors: new Map(), metadata: {} });
  });

  it('treats names that JavaScript objects have as names', async () => {
    const odd = new Map<string, HostTensor>(
      ['__proto__', 'constructor', '0'].map((name, i) => [name, int32([1], Int32Array.of(i))]),
    );
    const { tensors } = await safetensorsIn(await safetensorsOf(odd));
    expect(tensors).toEqual(odd);
  });

  it('notices every truncation and every surplus', async () => {
    const bytes = await safetensorsOf(tensors, { a: 'b' });
    for (let length = 0; length < bytes.length; length++) await errorOf(bytes.subarray(0, length));
    expect(await errorOf(Buffer.concat([bytes, Buffer.alloc(2)]))).toBe(
      '2 bytes after the last tensor belong to none',
    );
  });

  it('says what is wrong in a line of sensible length', async () => {
    const entry = (dtype: unknown) => ({ dtype, shape: [1], data_offsets: [0, 4] });
    const long = 'x'.repeat(1e6);
    expect((await errorOf(fileOf(JSON.stringify({ [long]: entry('F8') })))).length).toBeLessThan(
      400,
    );
    expect((await errorOf(fileOf(JSON.stringify({ a: entry(long) })))).length).toBeLessThan(400);
    const deep = `{"a":{"dtype":${'['.repeat(1e6)}${']'.repeat(1e6)}}}`;
    expect(await errorOf(fileOf(deep))).toBe('its header has lists within lists');
    expect(await errorOf(fileOf(JSON.stringify({ a: entry({}) })))).toMatch(
      /has dtype object, only/,
    );
  });

  it.each<[string, Uint8Array, string]>([
    [
      'a tensor that is there twice',
      fileOf(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}',
        [0, 0, 0, 0],
      ),
      'its header has "a" twice',
    ],
    [
      'a dtype that is there twice',
      fileOf('{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', [0, 0, 0, 0]),
      'its header has "dtype" twice',
    ],
    [
      'metadata that is there twice',
      fileOf('{"__metadata__":{"k":"1","k":"2"}}'),
      'its header has "k" twice',
    ],
    ['a short file', new Uint8Array(7), 'it is 7 bytes long, less than the shortest header'],
    [
      'a header longer than the file',
      Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 0x7b]),
      'its header claims 18446744073709551615 bytes, at most 1 are possible',
    ],
    ['a header that is not JSON', fileOf('{"a":'), 'its header is not JSON'],
    ['a header that is not UTF-8', fileOf('{"a":1}').fill(0xff, 10, 11), 'its header is not JSON'],
    ['a header that is a list', fileOf('[]'), 'its header is not a JSON object'],
    [
      'metadata that is not text',
      fileOf('{"__metadata__":{"a":1}}'),
      '__metadata__ does not map text to text',
    ],
    ['an entry that is no object', fileOf('{"a":3}'), 'tensor "a" is not described by an object'],
    [
      'an unknown dtype',
      fileOf(`{"a":${entry('[1]', '[0,8]', 'I64')}}`, Array(8).fill(0)),
      'tensor "a" has dtype "I64", only F64, F32, F16, BF16 and I32 are read',
    ],
    [
      'a negative size',
      fileOf(`{"a":${entry('[-1]', '[0,4]')}}`),
      'tensor "a" has a shape that is not a list of sizes',
    ],
    [
      'one offset',
      fileOf(`{"a":${entry('[1]', '[0]')}}`),
      'tensor "a" has no pair of data_offsets',
    ],
    [
      'a shape that contradicts the offsets',
      fileOf(`{"a":${entry('[2,2]', '[0,8]')}}`, Array(8).fill(0)),
      'tensor "a" of shape [2,2] needs 16 bytes, its data_offsets are [0,8]',
    ],
    [
      'sizes whose product overflows',
      fileOf(`{"a":${entry('[4294967296,4294967296]', '[0,4]')}}`, Array(4).fill(0)),
      'tensor "a" of shape [4294967296,4294967296] needs 73786976294838210000 bytes, its data_offsets are [0,4]',
    ],
    [
      'overlapping tensors',
      fileOf(`{"a":${entry('[1]', '[0,4]')},"b":${entry('[1]', '[2,6]')}}`, Array(6).fill(0)),
      'tensor "b" overlaps the tensor before it',
    ],
    [
      'a gap',
      fileOf(`{"a":${entry('[1]', '[0,4]')},"b":${entry('[1]', '[5,9]')}}`, Array(9).fill(0)),
      'tensor "b" leaves a gap before it',
    ],
    [
      'data that ends early',
      fileOf(`{"a":${entry('[2]', '[0,8]')}}`, Array(7).fill(0)),
      'tensor "a" ends at byte 8 of 7: the file is truncated',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    expect(await errorOf(bytes)).toBe(message);
  });

  it('reads float64 and float32', async () => {
    const doubles = Buffer.from(Float64Array.of(Math.PI, -0).buffer);
    expect(await valuesIn(oneTensor('F64', [2], doubles))).toEqual([Math.PI, -0]);
    const singles = Buffer.from(Float32Array.of(0.5, -2).buffer);
    expect(await valuesIn(oneTensor('F32', [1, 2], singles))).toEqual([0.5, -2]);
  });

  it('reads every kind of float16', async () => {
    const bits = [0x0000, 0x8000, 0x3c00, 0xc500, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x7c00, 0xfc00];
    expect(await valuesIn(oneTensor('F16', [10], halves(...bits)))).toEqual([
      ...[0, -0, 1, -5, 65504, 2 ** -14, 2 ** -24, -1023 * 2 ** -24],
      ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ]);
    expect(await valuesIn(oneTensor('F16', [1], halves(0x7e00)))).toEqual([Number.NaN]);
  });

  it('reads every kind of bfloat16', async () => {
    const bits = [0x0000, 0x8000, 0x3f80, 0xc0a0, 0x7f80, 0x0001];
    expect(await valuesIn(oneTensor('BF16', [6], halves(...bits)))).toEqual([
      ...[0, -0, 1, -5, Number.POSITIVE_INFINITY, 2 ** -133],
    ]);
  });

  it('notices truncation in a file on the disk', async () => {
    const bytes = await readFile(releasedFile('timm-mixer.safetensors'));
    for (const length of [0, 7, 8, 500, bytes.length - 1]) {
      const message = await errorOfFile(
        folder.path('cut'),
        bytes.subarray(0, length),
        readSafetensors,
      );
      expect(message).toMatch(/^ is damaged, or not a safetensors file: /);
    }
  });
});

it('does not take memory for a tensor that no machine has room for', async () => {
  const values = 2 ** 40;
  const header = JSON.stringify({
    x: { dtype: 'F32', shape: [values], data_offsets: [0, 4 * values] },
  });
  const path = folder.path('sparse.safetensors');
  await writeFile(path, fileOf(header));
  // The file has no bytes on the disk but those of its header.
  await truncate(path, 8 + header.length + 4 * values);
  await expect(contentsOf(path, readSafetensors)).rejects.toThrow(
    new InputError(`${path}: 4096.0 GiB in one piece are more than can be read here`),
  );
});

describe('writeSafetensors', () => {
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
    await writeSafetensors(path, tensors, { format: 'pt' });
    const { shapes, metadata, values } = await contentsOf(path, readSafetensors);
    expect(metadata).toEqual({ format: 'pt' });
    expect(Object.fromEntries(shapes)).toEqual({ single: [3], double: [1, 1] });
    expect(values.get('single')).toEqual(single);
    expect(values.get('double')).toEqual(double);
  });
});
