/**
 * TFRecord, the framing of TensorBoard's files
 * (https://www.tensorflow.org/tutorials/load_data/tfrecord): each record is its length (uint64), a
 * checksum of the length, the bytes, and a checksum of the bytes; numbers are little-endian.
 */
import crc32c from 'crc-32/crc32c.js';

/** A record that holds these bytes. */
export function tfRecord(bytes: Uint8Array): Uint8Array {
  const record = Buffer.alloc(bytes.length + 16);
  record.writeBigUInt64LE(BigInt(bytes.length), 0);
  record.writeUInt32LE(maskedChecksum(record.subarray(0, 8)), 8);
  record.set(bytes, 12);
  record.writeUInt32LE(maskedChecksum(bytes), 12 + bytes.length);
  return record;
}

/**
 * CRC-32C, rotated right by 15 bits and moved by a constant: a checksum of bytes that hold checksums
 * would say little otherwise.
 */
export function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
