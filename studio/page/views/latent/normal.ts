/** The standard normal distribution, as exactly as float32 latents need. */

/**
 * Share of numbers below `x`, by the error function of Abramowitz and Stegun 7.1.26, which is wrong by
 * 1.5e-7 at most.
 */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp(-z * z)) / 2;
  return x < 0 ? tail : 1 - tail;
}

const steps = 60;

/** The number below which lies a share `p` of all, between ±9; what `normalCdf` undoes. */
export function normalQuantile(p: number): number {
  let [low, high] = [-9, 9];
  for (let i = 0; i < steps && high - low > 1e-9; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
