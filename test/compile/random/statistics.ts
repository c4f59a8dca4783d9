/** What tells whether two samples come from one distribution. */

/** The largest distance between the distributions of two samples (Kolmogorov and Smirnov). */
function largestDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  let [i, j, worst] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    const at = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i]! <= at) i++;
    while (j < y.length && y[j]! <= at) j++;
    worst = Math.max(worst, Math.abs(i / x.length - j / y.length));
  }
  return worst;
}

/**
 * How often samples of one distribution are at least as far apart as these, about; too high where
 * numbers repeat.
 */
export function sameDistribution(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const root = Math.sqrt((a.length * b.length) / (a.length + b.length));
  const distance = (root + 0.12 + 0.11 / root) * largestDistance(a, b);
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 ? 2 : -2) * Math.exp(-2 * (k * distance) ** 2);
  // The series does not converge where they are as near as can be.
  return distance < 0.2 ? 1 : Math.min(1, Math.max(0, sum));
}

/** Σ (found − expected)² ∕ expected. */
export const chiSquare = (found: readonly number[], expected: readonly number[]): number =>
  found.reduce((sum, count, i) => sum + (count - expected[i]!) ** 2 / expected[i]!, 0);

export const meanOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

export function correlationOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const centred = (values: ArrayLike<number>): number[] => {
    const mean = meanOf(values);
    return Array.from(values, (value) => value - mean);
  };
  const [x, y] = [centred(a), centred(b)];
  const dot = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}
