/**
 * An exponential moving average without the bias of its start, so that it begins where the curve does
 * and its last point weighs as much as any: what TensorBoard's slider does.
 *
 * @param weight of what was before, 0 (none) to below 1
 * @returns NaN where the curve has a gap
 */
export function smoothed(values: Float64Array, weight: number): Float64Array {
  const out = new Float64Array(values.length);
  let [average, share] = [0, 1];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      out[i] = Number.NaN;
      continue;
    }
    average = weight * average + (1 - weight) * value;
    share *= weight;
    out[i] = average / (1 - share);
  }
  return out;
}
