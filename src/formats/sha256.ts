/**
 * SHA-256 (https://doi.org/10.6028/NIST.FIPS.180-4) in plain JavaScript, for pages: browsers keep their
 * own for those that come by HTTPS.
 */

/** The first 32 bits of the fractional parts of `root(p)`, for the first primes p. */
function fractions(count: number, root: (prime: number) => number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes.map((prime) => (root(prime) % 1) * 2 ** 32);
}

const start = Uint32Array.from(fractions(8, Math.sqrt));
const rounds = Uint32Array.from(fractions(64, Math.cbrt));
const blockBytes = 64;

/** The digest of pieces, one after the other, in hexadecimal. */
export function sha256(pieces: readonly Uint8Array[]): string {
  const state = start.slice();
  const block = new Uint8Array(blockBytes);
  let length = 0;
  let filled = 0;
  const add = (bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + blockBytes - filled);
      block.set(part, filled);
      from += part.length;
      filled = (filled + part.length) % blockBytes;
      if (filled === 0) mix(state, block);
    }
  };
  for (const piece of pieces) {
    add(piece);
    length += piece.length;
  }
  // A one, zeros, and the length in bits as the last eight bytes of a block.
  const end = new Uint8Array(1 + ((2 * blockBytes - 9 - filled) % blockBytes) + 8);
  end[0] = 0x80;
  new DataView(end.buffer).setBigUint64(end.length - 8, BigInt(length) * 8n);
  add(end);
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

const words = new Uint32Array(blockBytes);
const rotated = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

function mix(state: Uint32Array, block: Uint8Array): void {
  const view = new DataView(block.buffer);
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(4 * i);
  for (let i = 16; i < 64; i++) {
    const [early, late] = [words[i - 15]!, words[i - 2]!];
    const s0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const s1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    words[i] = words[i - 16]! + s0 + words[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  for (let i = 0; i < 64; i++) {
    const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + rounds[i]! + words[i]!) | 0;
    const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = state[i]! + word;
}
