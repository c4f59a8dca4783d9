/** The part of crc-32 (https://github.com/SheetJS/js-crc32) for which it ships no types. */
declare module 'crc-32/crc32c.js' {
  const crc32c: {
    /** CRC-32C (Castagnoli) of bytes, as a signed 32-bit integer. */
    buf(bytes: Uint8Array): number;
  };
  export default crc32c;
}
