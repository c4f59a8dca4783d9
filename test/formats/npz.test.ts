import { readFile, writeFile } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError, OutputError } from '../../src/errors.js';
import { encodeNpy } from '../../src/formats/npy.js';
import { readNpz, writeNpz } from '../../src/formats/npz.js';
import { releasedFile } from '../golden/imported.js';
import { contentsOf, errorOf, temporaryFolder } from './files.js';

const folder = temporaryFolder();

const tensor = (values: Float32Array | Float64Array, shape: number[]) => ({
  dtype: values instanceof Float32Array ? ('float32' as const) : ('float64' as const),
  shape,
  read: async () => values,
});

const tensors = new Map([
  ['a/kernel', tensor(Float32Array.of(1, -0, 0.1, NaN, 5, 6), [2, 3])],
  ['b', tensor(Float32Array.of(7), [])],
  ['c', tensor(Float64Array.of(Math.PI, 1e-300), [2])],
]);

async function written(name: string): Promise<Buffer> {
  const path = folder.path(name);
  await writeNpz(path, tensors, { note: 'ü' });
  return readFile(path);
}

describe('writeNpz', () => {
  it('is read back, bit by bit, with its metadata', async () => {
    await written('round.npz');
    const file = await contentsOf(folder.path('round.npz'), readNpz);
    expect(file.metadata).toEqual({ note: 'ü' });
    expect([...file.shapes]).toEqual(Array.from(tensors, ([name, { shape }]) => [name, shape]));
    for (const [name, { read }] of tensors) expect(file.values.get(name)).toEqual(await read());
  });

  it('writes a zip archive of NPY files, the same bytes each time', async () => {
    const bytes = await written('once.npz');
    expect(bytes).toEqual(await written('twice.npz'));
    const npy = Buffer.from(encodeNpy(Float32Array.of(7), []));
    const at = bytes.indexOf('b.npy');
    expect(bytes.subarray(at + 5, at + 5 + npy.length)).toEqual(npy);
    // What zip programs look at: the local header before it, the directory, the end.
    expect(bytes.readUInt32LE(at - 30)).toBe(0x04034b50);
    expect(bytes.readUInt32LE(at - 30 + 18)).toBe(npy.length);
    const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    expect(bytes.readUInt16LE(end + 10)).toBe(3);
    expect(bytes.readUInt32LE(bytes.readUInt32LE(end + 16))).toBe(0x02014b50);
  });

  it('leaves nothing behind where a tensor cannot be read', async () => {
    const broken = new Map([['x', { ...tensor(Float32Array.of(1), [1]), read: () => fail() }]]);
    const fail = (): Promise<never> => Promise.reject(new OutputError('no tensor'));
    const path = folder.path('broken.npz');
    await expect(writeNpz(path, broken, {})).rejects.toThrow('no tensor');
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });
});

/** A zip archive of one file, as little as there is to it. */
function zip(
  content: Uint8Array,
  { name = 'x.npy', method = 0, flags = 0, crc = crcOf(content), zip64 = false } = {},
): Buffer {
  const stored = method === 8 ? deflateRawSync(content) : Buffer.from(content);
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(flags, 2);
  header.writeUInt16LE(method, 4);
  header.writeUInt32LE(crc, 10);
  header.writeUInt32LE(zip64 ? 0xffffffff : stored.length, 14);
  header.writeUInt32LE(zip64 ? 0xffffffff : content.length, 18);
  header.writeUInt16LE(name.length, 22);
  const extra = Buffer.alloc(zip64 ? 20 : 0);
  if (zip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(BigInt(content.length), 4);
    extra.writeBigUInt64LE(BigInt(stored.length), 12);
    header.writeUInt16LE(extra.length, 24);
  }
  const local = Buffer.concat([
    Buffer.from('PK\x03\x04', 'latin1'),
    header,
    Buffer.from(name),
    extra,
  ]);
  const central = Buffer.concat([
    ...[Buffer.from('PK\x01\x02\x14\x00', 'latin1'), header, Buffer.alloc(14), Buffer.from(name)],
    extra,
  ]);
  const directory = local.length + stored.length;
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(zip64 ? 0xffffffff : directory, 12);
  const records: Buffer[] = [];
  if (zip64) {
    const end64 = Buffer.alloc(56);
    end64.write('PK\x06\x06', 0, 'latin1');
    end64.writeBigUInt64LE(44n, 4);
    end64.writeBigUInt64LE(1n, 24);
    end64.writeBigUInt64LE(1n, 32);
    end64.writeBigUInt64LE(BigInt(central.length), 40);
    end64.writeBigUInt64LE(BigInt(directory), 48);
    const locator = Buffer.alloc(20);
    locator.write('PK\x06\x07', 0, 'latin1');
    locator.writeBigUInt64LE(BigInt(directory + central.length), 8);
    records.push(end64, locator);
  }
  return Buffer.concat([
    ...[local, stored, central, ...records],
    ...[Buffer.from('PK\x05\x06', 'latin1'), end],
  ]);
}

/** The plainest CRC-32. */
function crcOf(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** An NPY file with a header of one's own. */
function npy(
  descr: string,
  shape: string,
  data: Uint8Array,
  { version = 1, order = 'False' } = {},
) {
  const text = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, length.length);
  const magic = Buffer.from([0x93, ...Buffer.from('NUMPY'), version, 0]);
  return Buffer.concat([magic, length, Buffer.from(text), data]);
}

const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

async function valuesIn(bytes: Uint8Array): Promise<{ shape: unknown; values: number[] }> {
  const path = folder.path('given.npz');
  await writeFile(path, bytes);
  const { shapes, values } = await contentsOf(path, readNpz);
  return { shape: shapes.get('x'), values: [...values.get('x')!] };
}

describe('readNpz', () => {
  it.each([
    ['stored', {}],
    ['deflated', { method: 8 }],
    ['ZIP64', { zip64: true }],
    ['deflated ZIP64', { method: 8, zip64: true }],
  ])('reads what is %s', async (_, how) => {
    const x = npy(`'<f4'`, '(2, 3)', floats(1, 2, 3, 4, 5, 6));
    expect(await valuesIn(zip(x, how))).toEqual({ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] });
  });

  it('reads arrays whose columns lie together', async () => {
    const x = npy(`'<f4'`, '(2, 3)', floats(1, 4, 2, 5, 3, 6), { order: 'True' });
    expect(await valuesIn(zip(x))).toEqual({ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] });
  });

  it.each<[string, Uint8Array]>([
    ['float64', npy(`'<f8'`, '(3,)', Buffer.from(Float64Array.of(1, -2, 0.5).buffer))],
    ['float16', npy(`'<f2'`, '(3,)', Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x3800).buffer))],
    ['bfloat16', npy(`'|V2'`, '(3,)', Buffer.from(Uint16Array.of(0x3f80, 0xc000, 0x3f00).buffer))],
    ['a header of version 3', npy(`'<f4'`, '(3,)', floats(1, -2, 0.5), { version: 3 })],
  ])('reads %s', async (_, x) => {
    expect(await valuesIn(zip(x))).toEqual({ shape: [3], values: [1, -2, 0.5] });
  });

  it('reads what NumPy wrote', async () => {
    const [plain, deflated] = await Promise.all(
      ['flax-mixer.npz', 'flax-mixer-deflated.npz'].map((name) =>
        contentsOf(releasedFile(name), readNpz),
      ),
    );
    expect([...plain!.shapes]).toEqual([...deflated!.shapes]);
    expect(plain!.shapes.get('MixerBlock_1/token_mixing/Dense_0/kernel')).toEqual([16, 12]);
    expect(deflated!.values.get('head/kernel')!.length).toBe(24 * 7);
    expect(plain!.metadata).toEqual({});
  });

  const good = npy(`'<f4'`, '(2,)', floats(1, 2));
  it.each<[string, Uint8Array, string]>([
    [
      'a checksum that does not match',
      zip(good, { crc: 1 }),
      ' is damaged: the checksum of x.npy does not match',
    ],
    ['an encrypted file', zip(good, { flags: 1 }), ': x.npy is encrypted'],
    [
      'another compression',
      zip(good, { method: 12 }),
      ': x.npy is compressed by method 12, not by deflate',
    ],
    [
      'a file that is no array',
      zip(good, { name: 'archive/data.pkl' }),
      ' is a zip archive, but not an .npz file: archive/data.pkl is no array; a PyTorch file is to be saved as .safetensors first',
    ],
    [
      'an array of integers',
      zip(npy(`'<i8'`, '(1,)', Buffer.alloc(8))),
      ': x.npy has dtype <i8; arrays of float16, bfloat16, float32 and float64 are read',
    ],
    [
      'an array of structures',
      zip(npy(`[('a', '<f4')]`, '(1,)', Buffer.alloc(4))),
      ': x.npy has dtype a structure; arrays of float16, bfloat16, float32 and float64 are read',
    ],
    [
      'fewer values than the shape wants',
      zip(npy(`'<f4'`, '(3,)', floats(1, 2))),
      ' is damaged: x.npy has no readable header',
    ],
    [
      'a header that is none',
      zip(Buffer.from('\x93NUMPY\x01\x00\x03\x00{}\n', 'latin1')),
      ' is damaged: x.npy has no readable header',
    ],
    [
      "six axes in Fortran's order",
      zip(npy(`'<f4'`, '(1, 1, 1, 1, 1, 2)', floats(1, 2), { order: 'True' })),
      ": x.npy has 6 axes in Fortran's order; save it with numpy.ascontiguousarray",
    ],
    [
      'a type named like what every object has',
      zip(npy(`'constructor'`, '(2,)', floats(1, 2))),
      ': x.npy has dtype constructor; arrays of float16, bfloat16, float32 and float64 are read',
    ],
    [
      'a directory that is moved',
      Buffer.concat([zip(good).subarray(1)]),
      ' is damaged: its zip directory is not where the file says',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    expect(await errorOf(folder.path('bad.npz'), bytes, readNpz)).toBe(message);
  });

  it('notices every truncation, and a change of any byte of the values', async () => {
    const bytes = await written('whole.npz');
    for (let length = 0; length < bytes.length; length += 7) {
      const message = await errorOf(folder.path('cut.npz'), bytes.subarray(0, length), readNpz);
      expect(message).toMatch(/^ is damaged: /);
    }
    const value = bytes.indexOf(Buffer.from(Float32Array.of(0.1).buffer));
    bytes[value]! ^= 1;
    expect(await errorOf(folder.path('flipped.npz'), bytes, readNpz)).toBe(
      ' is damaged: the checksum of a/kernel.npy does not match',
    );
  });

  it('tells of every change of a byte by an InputError, or is not harmed', async () => {
    const bytes = zip(good, { zip64: true, method: 8 });
    const path = folder.path('changed.npz');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0xff;
      await writeFile(path, changed);
      const read = async (): Promise<void> => {
        const { values } = await contentsOf(path, readNpz);
        for (const array of values.values()) expect([...array]).toEqual([1, 2]);
      };
      await read().catch((thrown: unknown) => expect(thrown).toBeInstanceOf(InputError));
    }
  });

  it('refuses an array that is there twice', async () => {
    const once = zip(good);
    const end = once.length - 22;
    const directory = once.readUInt32LE(end + 16);
    const entry = once.subarray(directory, end);
    const record = Buffer.from(once.subarray(end));
    record.writeUInt16LE(2, 10);
    record.writeUInt32LE(2 * entry.length, 12);
    const twice = Buffer.concat([once.subarray(0, end), entry, record]);
    expect(await errorOf(folder.path('twice.npz'), twice, readNpz)).toBe(
      ' is damaged: it has x.npy twice',
    );
  });

  it('refuses a file that is not called as the directory says', async () => {
    const bytes = zip(good);
    bytes.write('y', bytes.indexOf('x.npy'), 'latin1');
    expect(await errorOf(folder.path('renamed.npz'), bytes, readNpz)).toBe(
      ' is damaged: x.npy has another name where it is',
    );
  });

  it('refuses a directory that goes on', async () => {
    const bytes = zip(good);
    bytes.writeUInt16LE(0, bytes.length - 22 + 10);
    bytes.writeUInt16LE(0, bytes.length - 22 + 8);
    expect(await errorOf(folder.path('fewer.npz'), bytes, readNpz)).toMatch(
      /goes on after 0 files$/,
    );
    // No files, in no bytes: the archive would pass for an empty one.
    bytes.fill(0, bytes.length - 22 + 8, bytes.length - 22 + 16);
    expect(await errorOf(folder.path('none.npz'), bytes, readNpz)).toBe(
      ' is damaged: its zip directory is not where the file says',
    );
  });

  it.each([false, true])('refuses what would fill the memory (ZIP64: %s)', async (zip64) => {
    const zeros = npy(`'<f4'`, '(25000000,)', Buffer.alloc(1e8));
    const bytes = zip(zeros, { method: 8, zip64, crc: 0 });
    expect(bytes.length).toBeLessThan(2e5);
    expect(await errorOf(folder.path('zeros.npz'), bytes, readNpz)).toMatch(
      /^: x\.npy would become 1000000\d\d bytes of \d+; no weights do$/,
    );
  });

  it('refuses to look into thousands of files', async () => {
    const once = zip(good);
    once.writeUInt16LE(5000, once.length - 22 + 10);
    expect(await errorOf(folder.path('many.npz'), once, readNpz)).toMatch(
      /^ lists 5000 files in \d+ bytes; archives of up to 4096 files are read$/,
    );
  });

  it('does not inflate more than a file says it holds', async () => {
    const bytes = zip(Buffer.alloc(1_000_000), { method: 8 });
    const said = bytes.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24;
    bytes.writeUInt32LE(100, said);
    expect(await errorOf(folder.path('bomb.npz'), bytes, readNpz)).toBe(
      ' is damaged: x.npy cannot be inflated',
    );
  });
});
