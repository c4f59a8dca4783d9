/**
 * Bytes as they get damaged: by a disk, a line, an editor, or somebody who means ill.
 */
import type { RandomStream } from '../../src/random.js';

const lengths = [0, 1, 2, 255, 65_535, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

type Mutation = (bytes: Buffer, random: RandomStream, others: readonly Buffer[]) => Buffer;

const mutations: readonly Mutation[] = [
  // bits
  (bytes, random) => {
    for (let n = 1 + random.integer(3); n > 0; n--) {
      bytes[random.integer(bytes.length)]! ^= 1 << random.integer(8);
    }
    return bytes;
  },
  // a byte
  (bytes, random) => {
    bytes[random.integer(bytes.length)] = random.integer(256);
    return bytes;
  },
  // near the start, where headers are
  (bytes, random) => {
    bytes[random.integer(Math.min(64, bytes.length))] = random.integer(256);
    return bytes;
  },
  // a run of bytes
  (bytes, random) => {
    const start = random.integer(bytes.length);
    const end = Math.min(bytes.length, start + 1 + random.integer(64));
    for (let at = start; at < end; at++) bytes[at] = random.integer(256);
    return bytes;
  },
  // cut off
  (bytes, random) => bytes.subarray(0, random.integer(bytes.length)),
  // something after the end
  (bytes, random) => Buffer.concat([bytes, noise(random, 1 + random.integer(100))]),
  // a part missing
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  // a part twice
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  // two files in one
  (bytes, random, others) => {
    const other = others[random.integer(others.length)]!;
    return Buffer.concat([
      bytes.subarray(0, random.integer(bytes.length + 1)),
      other.subarray(random.integer(other.length + 1)),
    ]);
  },
  // a number that says how long something is
  (bytes, random) => {
    const value = lengths[random.integer(lengths.length)]!;
    const width = [2, 4, 8][random.integer(3)]!;
    if (bytes.length < width) return bytes;
    const at = random.integer(bytes.length - width + 1);
    if (width === 2) bytes.writeUInt16LE(value & 0xffff, at);
    else if (width === 8) bytes.writeBigUInt64LE(BigInt(value) * BigInt(random.integer(9)), at);
    else if (random.integer(2) === 0) bytes.writeUInt32LE(value, at);
    else bytes.writeUInt32BE(value, at);
    return bytes;
  },
];

/** A changed copy; `others` are files that parts may be taken of. */
export function damaged(bytes: Buffer, random: RandomStream, others: readonly Buffer[]): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let n = random.integer(4) === 0 ? 2 : 1; n > 0 && changed.length > 0; n--) {
    changed = Buffer.from(mutations[random.integer(mutations.length)]!(changed, random, others));
  }
  return changed;
}

const noise = (random: RandomStream, length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, () => random.integer(256)));

function range(bytes: Buffer, random: RandomStream): [start: number, end: number] {
  const start = random.integer(bytes.length);
  const most = random.integer(2) === 0 ? 16 : bytes.length - start;
  return [start, Math.min(bytes.length, start + 1 + random.integer(Math.max(1, most)))];
}
