/**
 * A run's metrics as charts.
 */
import type { MetricsRecord } from '../train/log.js';
import type { Chart, Point } from './chart.js';

/** Metrics that belong in one chart. */
export interface CurveGroup {
  readonly title: string;
  readonly names: readonly string[];
  readonly yScale?: Chart['yScale'];
}

/** More points than this are not told apart in a chart. */
const mostPoints = 400;

/**
 * A chart for each group of which something was logged, and one for every other metric by itself.
 * Of a long run each point is the mean of several lines of the log in a row.
 */
export function curves(records: readonly MetricsRecord[], groups: readonly CurveGroup[]): Chart[] {
  const points = pointsByName(records);
  const grouped = new Set(groups.flatMap(({ names }) => names));
  const others = [...points.keys()].filter((name) => !grouped.has(name));
  return [...groups, ...others.map((name): CurveGroup => ({ title: name, names: [name] }))]
    .map(({ title, names, yScale = 'linear' }) => ({
      title,
      xLabel: 'step',
      yLabel: yScale === 'log' ? 'logarithmic' : '',
      yScale,
      series: names
        .filter((name) => points.has(name))
        .map((name) => ({ name, points: thinned(points.get(name)!) })),
    }))
    .filter(({ series }) => series.length > 0);
}

function pointsByName(records: readonly MetricsRecord[]): Map<string, Point[]> {
  const points = new Map<string, Point[]>();
  for (const { step, seconds: _, ...values } of records) {
    for (const [name, value] of Object.entries(values)) {
      const known = points.get(name);
      // JSON has no NaN and no infinity.
      const point: Point = [step, value ?? Number.NaN];
      if (known === undefined) points.set(name, [point]);
      else known.push(point);
    }
  }
  return points;
}

/** The means of as many neighbours as leave at most `mostPoints`. */
export function thinned(points: readonly Point[]): readonly Point[] {
  const size = Math.ceil(points.length / mostPoints);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) =>
    mean(points.slice(i * size, (i + 1) * size)),
  );
}

const mean = (points: readonly Point[]): Point => [
  meanOf(points.map(([x]) => x)),
  meanOf(points.map(([, y]) => y)),
];

function meanOf(values: readonly number[]): number {
  const sum = values.reduce((sum, value) => sum + value, 0);
  // The sum of what is finite may not be.
  if (Number.isFinite(sum)) return sum / values.length;
  return values.reduce((sum, value) => sum + value / values.length, 0);
}
