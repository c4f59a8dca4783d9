/** The bytes of an IDX file; 8 is the type uint8. */
export function idx(shape: readonly number[], values: readonly number[], dtype = 8): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, dtype, shape.length]);
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([header, Uint8Array.from(values)]);
}
