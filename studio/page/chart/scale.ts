/** From values to places on a chart, and which values are worth a line. */

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly isLog: boolean;
  /** Place of a value, 0 (low) to 1 (high), or beyond. */
  place(value: number): number;
  /** The value at a place. */
  value(place: number): number;
  ticks(most: number): readonly number[];
}

/** @param isLog where not all values are greater than 0, a linear scale is made all the same */
export function scaleOf(low: number, high: number, isLog = false): Scale {
  return isLog && low > 0 ? logScale(low, high) : linearScale(low, high);
}

function linearScale(low: number, high: number): Scale {
  const span = high - low || 1;
  return {
    ...{ low, high, isLog: false },
    place: (value) => (value - low) / span,
    value: (place) => low + place * span,
    ticks: (most) => linearTicks(low, high, most),
  };
}

function logScale(low: number, high: number): Scale {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const span = to - from || 1;
  return {
    ...{ low, high, isLog: true },
    place: (value) => (Math.log10(value) - from) / span,
    value: (place) => 10 ** (from + place * span),
    ticks(most) {
      const first = Math.ceil(from - 1e-9);
      const powers = Array.from(
        { length: Math.max(0, Math.floor(to + 1e-9) - first + 1) },
        (_, i) => first + i,
      );
      // Within one power of ten, those of a linear scale tell more.
      if (powers.length < 2) return linearTicks(low, high, most).filter((tick) => tick > 0);
      const every = Math.ceil(powers.length / most);
      return powers.filter((power) => power % every === 0).map((power) => 10 ** power);
    },
  };
}

function linearTicks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  // Products, not sums: 0.1 + 0.2 is no label.
  return Array.from({ length: Math.max(0, Math.min(count, 50)) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** The smallest and largest finite values; undefined where there are none. */
export function extent(
  arrays: readonly Float64Array[],
  isFine: (value: number) => boolean = Number.isFinite,
): readonly [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of arrays) {
    for (const value of values) {
      if (!isFine(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : undefined;
}

/** `1.2M`, `25k`, `0.0031`, `3e-7` */
export function label(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1e9 || size < 1e-4)
    return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  return String(Number(value.toPrecision(4)));
}
