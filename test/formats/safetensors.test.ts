import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type StoredTensor,
} from '../../src/formats/safetensors.js';

const tensors = new Map<string, StoredTensor>([
  ['mask', { dtype: 'uint8', shape: [3], values: Uint8Array.of(0, 1, 255) }],
  ['w/kernel', { dtype: 'float32', shape: [2, 3], values: Float32Array.of(1, -0, 0.1, NaN, 5, 6) }],
  ['步', { dtype: 'int32', shape: [], values: Int32Array.of(-(2 ** 31)) }],
  ['empty', { dtype: 'float32', shape: [0, 4], values: new Float32Array(0) }],
]);

/** A file with the header and the data given, for what the encoder would never write. */
function fileOf(header: string, data: readonly number[] = []): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.from(data)]);
}

function errorOf(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes, 'x.safetensors');
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

describe('encodeSafetensors', () => {
  it('writes the bytes that the format asks for', () => {
    const bytes = encodeSafetensors({
      tensors: new Map<string, StoredTensor>([
        ['b', { dtype: 'uint8', shape: [1, 3], values: Uint8Array.of(7, 8, 9) }],
        ['a', { dtype: 'float32', shape: [2], values: Float32Array.of(1, -2) }],
      ]),
      metadata: { k: 'v' },
    });
    const header =
      '{"__metadata__":{"k":"v"},' +
      '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' +
      '"b":{"dtype":"U8","shape":[1,3],"data_offsets":[8,11]}}  ';
    expect(header.length).toBe(136);
    expect(Buffer.from(bytes)).toEqual(
      Buffer.concat([
        Buffer.from([136, 0, 0, 0, 0, 0, 0, 0]),
        Buffer.from(header),
        Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 7, 8, 9]),
      ]),
    );
  });

  it('writes the values of a view, not of the buffer behind it', () => {
    const values = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const bytes = encodeSafetensors({
      tensors: new Map([['a', { dtype: 'float32' as const, shape: [2], values }]]),
      metadata: {},
    });
    expect(decodeSafetensors(bytes, 'x').tensors.get('a')?.values).toEqual(Float32Array.of(2, 3));
  });

  it('refuses a shape that contradicts the values, and the reserved name', () => {
    const encode = (name: string, shape: number[]) =>
      encodeSafetensors({
        tensors: new Map([[name, { dtype: 'uint8' as const, shape, values: new Uint8Array(3) }]]),
        metadata: {},
      });
    expect(() => encode('a', [2, 2])).toThrow('tensor a of shape [2,2] has 3 values');
    expect(() => encode('__metadata__', [3])).toThrow('cannot be named __metadata__');
  });
});

describe('decodeSafetensors', () => {
  it('gives back every tensor, bit by bit, and the metadata', () => {
    const metadata = { format: 'test', text: 'quotes " and\nlines, ü' };
    const decoded = decodeSafetensors(encodeSafetensors({ tensors, metadata }), 'x');
    expect(decoded.metadata).toEqual(metadata);
    expect(new Set(decoded.tensors.keys())).toEqual(new Set(tensors.keys()));
    for (const [name, tensor] of tensors) expect(decoded.tensors.get(name)).toEqual(tensor);
  });

  it('reads from any position in memory, and copies', () => {
    const bytes = encodeSafetensors({ tensors, metadata: {} });
    const shifted = Buffer.alloc(bytes.length + 1);
    shifted.set(bytes, 1);
    const decoded = decodeSafetensors(shifted.subarray(1), 'x');
    shifted.fill(0);
    expect(decoded.tensors.get('w/kernel')).toEqual(tensors.get('w/kernel'));
    expect(decoded.tensors.get('mask')).toEqual(tensors.get('mask'));
  });

  it('reads a file without tensors', () => {
    expect(decodeSafetensors(fileOf('{}'), 'x')).toEqual({ tensors: new Map(), metadata: {} });
  });

  it('treats names that JavaScript objects have as names', () => {
    const odd = new Map<string, StoredTensor>(
      ['__proto__', 'constructor', '0'].map((name, i) => [
        name,
        { dtype: 'int32', shape: [1], values: Int32Array.of(i) },
      ]),
    );
    const decoded = decodeSafetensors(encodeSafetensors({ tensors: odd, metadata: {} }), 'x');
    expect(new Map(decoded.tensors)).toEqual(odd);
  });

  it('notices every truncation and every surplus', () => {
    const bytes = encodeSafetensors({ tensors, metadata: { a: 'b' } });
    for (let length = 0; length < bytes.length; length++) errorOf(bytes.subarray(0, length));
    expect(errorOf(Buffer.concat([bytes, Buffer.alloc(2)]))).toBe(
      '2 bytes after the last tensor belong to none',
    );
  });

  it.each<[string, Uint8Array, string]>([
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
      fileOf(`{"a":${entry('[1]', '[0,2]', 'BF16')}}`, [0, 0]),
      'tensor "a" has dtype "BF16", only F32, I32 and U8 are read',
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
  ])('refuses %s', (_, bytes, message) => {
    expect(errorOf(bytes)).toBe(message);
  });
});
