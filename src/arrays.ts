/** Small things done with arrays of numbers. */

/** The index of the largest value; the first of several. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** The parts one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How many elements a tensor of `shape` has; of one whose batch is open, null, one example has. */
export const elementCount = (shape: readonly (number | null)[]): number =>
  shape.reduce<number>((count, length) => count * (length ?? 1), 1);

/** A quantile of values that ascend, linear between the two nearest: of a share of ½ the median. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
