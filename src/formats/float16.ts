/** IEEE 754 binary16: a sign, 5 bits of exponent with bias 15, 10 bits of fraction. */

/** What the bits of halves stand for, exactly. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

const [floats, bits] = (() => {
  const buffer = new ArrayBuffer(4);
  return [new Float32Array(buffer), new Uint32Array(buffer)] as const;
})();

/**
 * The nearest halves, of two equally near the even one; what is too large becomes infinite.
 * @returns the bits of each
 */
export const toFloat16 = (values: Float32Array): Uint16Array => Uint16Array.from(values, halfOf);

function halfOf(value: number): number {
  floats[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // From 65,520 on the nearest half is infinite.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude < 0x3880_0000) {
    // Below 2⁻¹⁴ halves are multiples of 2⁻²⁴.
    return sign | roundedEven(Math.abs(value) * 2 ** 24);
  }
  // The exponent's bias falls from 127 to 15; 13 bits of the fraction are rounded away.
  const kept = magnitude - 0x3800_0000;
  const rest = kept & 0x1fff;
  const half = kept >>> 13;
  return sign | (half + +(rest > 0x1000 || (rest === 0x1000 && (half & 1) === 1)));
}

function roundedEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return floor + +(rest > 0.5 || (rest === 0.5 && floor % 2 === 1));
}
