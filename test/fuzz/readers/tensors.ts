import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import crc32 from 'crc-32';
import { float32, int32 } from '../../../src/compile/step.js';
import { readModelFile } from '../../../src/formats/model-file.js';
import { encodeNpy } from '../../../src/formats/npy.js';
import { withTensorFile } from '../../../src/formats/open.js';
import { loadCheckpoint, saveCheckpoint } from '../../../src/train/checkpoint.js';
import { safetensorsOf } from '../../formats/safetensors-bytes.js';
import { releasedFile } from '../../golden/imported.js';
import { damaged } from '../bytes.js';
import { changedJson } from '../json.js';
import { digestOf, type Reader } from '../reader.js';

/** All values of a file; names only where nothing holds them to their checksums. */
const readTensors = (path: string, withNames: boolean): Promise<string> =>
  withTensorFile(path, async (file) => {
    const parts: string[] = [];
    for (const [name, shape] of file.shapes) {
      const values = await file.read(name);
      parts.push(digestOf(withNames ? name : '', String(shape), values));
    }
    return digestOf(parts.sort().join(), withNames ? JSON.stringify(file.metadata) : '');
  });

const tensors = new Map([
  ['block/kernel', float32([2, 3], Float32Array.of(1, -2, 3.5, Number.NaN, 0, 1e-40))],
  ['counter', int32([], Int32Array.of(7))],
]);

/** The header of a safetensors file changed, and its length made right. */
function withHeader(sample: Buffer, change: (text: string) => string): Buffer {
  const end = 8 + Number(sample.readBigUInt64LE(0));
  const header = Buffer.from(change(sample.toString('utf8', 8, end)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, sample.subarray(end)]);
}

function deep(depth: number): Buffer {
  const text = '['.repeat(depth) + ']'.repeat(depth);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, Buffer.from(text)]);
}

export const safetensorsReader: Reader = {
  name: 'safetensors',
  weight: 3,
  hasChecksum: false,
  samples: async () => [
    await safetensorsOf(tensors, { format: 'pt', note: 'ü' }),
    await readFile(releasedFile('timm-mixer-f16.safetensors')),
  ],
  forge: (sample, random) => withHeader(sample, (text) => changedJson(text, random)),
  bombs: () => [deep(2 ** 22), deep(2 ** 24)],
  read: (path) => readTensors(path, true),
};

export const modelFileReader: Reader = {
  name: 'exported model',
  weight: 1,
  hasChecksum: false,
  samples: async () => [
    await safetensorsOf(tensors, {
      ...{ mixgan: '1', kind: 'classifier', step: '12', testAccuracy: '0.5' },
      config: '{"kind": "classifier", "task": {"classNames": ["a"]}}',
    }),
  ],
  forge: safetensorsReader.forge!,
  async read(path) {
    const { variables, kind, step, config, testAccuracy } = await readModelFile(path, 'model');
    return digestOf(
      JSON.stringify([[...variables.keys()], kind, step, config, testAccuracy ?? null]),
      ...Array.from(variables.values(), ({ values }) => values),
    );
  },
};

/** With the checksum made right, as somebody would who means ill. */
function resealed(bytes: Buffer): Buffer {
  const at = bytes.indexOf('"sha256":"');
  if (at < 0 || at + 74 > bytes.length) return bytes;
  bytes.fill('0', at + 10, at + 74);
  bytes.write(createHash('sha256').update(bytes).digest('hex'), at + 10);
  return bytes;
}

export const checkpointReader: Reader = {
  name: 'checkpoint',
  weight: 3,
  hasChecksum: true,
  async samples() {
    const folder = await mkdtemp(join(tmpdir(), 'mixgan-fuzz-'));
    const path = join(folder, 'latest.safetensors');
    const config = { kind: 'gan', list: [1, null], text: 'ü' };
    await saveCheckpoint(path, { kind: 'gan', step: 3, config, variables: tensors });
    const bytes = await readFile(path);
    await rm(folder, { recursive: true });
    return [bytes];
  },
  forge: (sample, random) =>
    resealed(
      random.integer(3) === 0
        ? damaged(sample, random, [sample])
        : withHeader(sample, (text) => changedJson(text, random)),
    ),
  async read(path) {
    const { kind, step, config, variables } = await loadCheckpoint(path);
    return digestOf(
      JSON.stringify([kind, step, config, [...variables.keys()]]),
      ...Array.from(variables.values(), ({ values, shape }) => digestOf(String(shape), values)),
    );
  },
};

/** A zip archive; each file may claim another length, checksum or number than it has. */
function zip(
  files: readonly {
    name: string;
    content: Buffer;
    method?: number;
    length?: number;
    crc?: number;
  }[],
  count = files.length,
): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, method = 8, length = content.length, crc } of files) {
    const stored = method === 8 ? deflateRawSync(content) : content;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(crc ?? crc32.buf(content) >>> 0, 10);
    fields.writeUInt32LE(stored.length, 14);
    fields.writeUInt32LE(length >>> 0, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), stored]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), fields, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0);
  end.writeUInt16LE(count & 0xffff, 8);
  end.writeUInt16LE(count & 0xffff, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const npy = (values: Float32Array, shape: number[]): Buffer =>
  Buffer.from(encodeNpy(values, shape));
const arrays = [
  { name: 'a.npy', content: npy(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]) },
  { name: 'b.npy', content: npy(Float32Array.of(7), []), method: 0 },
];
const emptyArray = npy(new Float32Array(0), [0]);

export const npzReader: Reader = {
  name: 'npz',
  weight: 3,
  hasChecksum: true,
  samples: async () => [zip(arrays), await readFile(releasedFile('flax-mixer-deflated.npz'))],
  forge(_, random) {
    const files = arrays.map((file) => ({ ...file }));
    const file = files[random.integer(files.length)]!;
    const kind = random.integer(5);
    if (kind === 0) file.content = damaged(file.content, random, [file.content]);
    else if (kind === 1)
      file.name = ['a.npy', '', '.npy', '__proto__.npy', 'x'][random.integer(5)]!;
    else if (kind === 2) file.method = random.integer(13);
    else if (kind === 3) Object.assign(file, { length: 2 ** random.integer(32) });
    else return zip(files, random.integer(5));
    return zip(files);
  },
  bombs: () => {
    const zeros = npy(new Float32Array(2 ** 26), [2 ** 26]);
    const many = Array.from({ length: 4096 }, (_, i) => ({
      name: `${i}.npy`,
      content: emptyArray,
    }));
    return [
      zip([{ name: 'a.npy', content: zeros }]),
      zip([{ name: 'a.npy', content: zeros, length: 200 }]),
      zip([{ name: 'a.npy', content: Buffer.alloc(2 ** 26), method: 8 }]),
      zip(many),
      zip([...many, { name: 'x.npy', content: emptyArray }]),
    ];
  },
  read: (path) => readTensors(path, false),
};
