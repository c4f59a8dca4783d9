/**
 * Blocks of a JPEG's coefficients made pixels: the inverse discrete cosine transform of ITU T.81,
 * A.3.3, by the factorisation of Arai, Agui and Nakajima (1988), in floating point.
 */

/** What each of eight coefficients is multiplied with beforehand. */
const scales = Array.from({ length: 8 }, (_, k) =>
  k === 0 ? 1 : Math.cos((k * Math.PI) / 16) * Math.SQRT2,
);
const [root2, a, b, c] = [Math.SQRT2, 1.8477590650225735, 1.0823922002923938, 2.613125929752753];

/** The factors of a block's coefficients: those of its quantisation, and of the transform. */
export const blockFactors = (quantisation: Uint16Array): Float64Array =>
  Float64Array.from(quantisation, (q, i) => (q * scales[i >> 3]! * scales[i & 7]!) / 8);

const work = new Float64Array(64);

/**
 * @param coefficients of a block, row-major, from `at`
 * @param out gets 8 rows of 8 pixels, from `to`, `stride` apart
 */
export function transformBlock(
  coefficients: Int16Array,
  at: number,
  factors: Float64Array,
  out: Uint8ClampedArray,
  to: number,
  stride: number,
): void {
  let isFlat = true;
  for (let i = 1; i < 64; i++) {
    const value = coefficients[at + i]!;
    if (value !== 0) isFlat = false;
    work[i] = value * factors[i]!;
  }
  work[0] = coefficients[at]! * factors[0]! + 128;
  if (isFlat) {
    for (let y = 0, place = to; y < 8; y++, place += stride) out.fill(work[0]!, place, place + 8);
    return;
  }
  for (let x = 0; x < 8; x++) transformEight(x, 8);
  for (let y = 0, place = to; y < 8; y++, place += stride) {
    transformEight(8 * y, 1);
    for (let x = 0; x < 8; x++) out[place + x] = work[8 * y + x]!;
  }
}

/** The transform of eight numbers of `work`, in place. */
function transformEight(at: number, step: number): void {
  const [i1, i2, i3, i4] = [at + step, at + 2 * step, at + 3 * step, at + 4 * step];
  const [i5, i6, i7] = [at + 5 * step, at + 6 * step, at + 7 * step];

  const evenSum = work[at]! + work[i4]!;
  const evenDifference = work[at]! - work[i4]!;
  const twoSix = work[i2]! + work[i6]!;
  const turned = (work[i2]! - work[i6]!) * root2 - twoSix;
  const [e0, e3] = [evenSum + twoSix, evenSum - twoSix];
  const [e1, e2] = [evenDifference + turned, evenDifference - turned];

  const fiveThree = work[i5]! + work[i3]!;
  const fiveLessThree = work[i5]! - work[i3]!;
  const oneSeven = work[i1]! + work[i7]!;
  const oneLessSeven = work[i1]! - work[i7]!;
  const o0 = oneSeven + fiveThree;
  const both = (fiveLessThree + oneLessSeven) * a;
  const o1 = both - fiveLessThree * c - o0;
  const o2 = (oneSeven - fiveThree) * root2 - o1;
  const o3 = both - oneLessSeven * b - o2;

  work[at] = e0 + o0;
  work[i1] = e1 + o1;
  work[i2] = e2 + o2;
  work[i3] = e3 + o3;
  work[i4] = e3 - o3;
  work[i5] = e2 - o2;
  work[i6] = e1 - o1;
  work[i7] = e0 - o0;
}
