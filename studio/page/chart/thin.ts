/**
 * Points that look the same as all: of those that fall on one column of pixels, the first, the lowest,
 * the highest and the last.
 *
 * @param xs rising
 * @param from the first place that is shown, `to` the one after the last
 * @param columns of pixels between them
 * @returns places in the arrays, rising
 */
export function thin(
  xs: Float64Array,
  ys: Float64Array,
  from: number,
  to: number,
  columns: number,
): number[] {
  if (to - from <= 4 * columns) return Array.from({ length: to - from }, (_, i) => from + i);
  const [low, high] = [xs[from]!, xs[to - 1]!];
  const scale = columns / (high - low || 1);
  const places: number[] = [];
  for (let start = from; start < to; ) {
    const column = Math.floor((xs[start]! - low) * scale);
    let [end, least, most] = [start, start, start];
    while (end < to && Math.floor((xs[end]! - low) * scale) === column) {
      // A gap has to stay one.
      if (!(ys[end]! >= ys[least]!)) least = end;
      if (!(ys[end]! <= ys[most]!)) most = end;
      end++;
    }
    const kept = [start, least, most, end - 1].sort((a, b) => a - b);
    for (const place of kept) if (place !== places.at(-1)) places.push(place);
    start = end;
  }
  return places;
}
