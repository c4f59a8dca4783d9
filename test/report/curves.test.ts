import { expect, it } from 'vitest';
import { curves, thinned } from '../../src/report/curves.js';
import type { MetricsRecord } from '../../src/train/log.js';

const records: MetricsRecord[] = [
  { step: 0, seconds: 1, testAccuracy: 0.1 },
  { step: 10, seconds: 2, 'd.loss': 1.5, 'g.loss': 2 },
  { step: 20, seconds: 3, 'd.loss': 1, 'g.loss': null as unknown as number, rate: 5 },
];

it('draws the metrics of a group in one chart, and each other one by itself', () => {
  const charts = curves(records, [
    { title: 'Losses', names: ['d.loss', 'g.loss', 'penalty'], yScale: 'log' },
    { title: 'Never logged', names: ['penalty'] },
  ]);
  expect(charts.map(({ title, yScale }) => [title, yScale])).toEqual([
    ['Losses', 'log'],
    ['testAccuracy', 'linear'],
    ['rate', 'linear'],
  ]);
  expect(charts[0]!.series).toEqual([
    {
      name: 'd.loss',
      points: [
        [10, 1.5],
        [20, 1],
      ],
    },
    // What was NaN when it was logged.
    {
      name: 'g.loss',
      points: [
        [10, 2],
        [20, Number.NaN],
      ],
    },
  ]);
});

it('has no chart of a run that has logged nothing', () => {
  expect(curves([], [{ title: 'Losses', names: ['loss'] }])).toEqual([]);
});

it('takes means of neighbours where there are more points than a chart shows', () => {
  const points = Array.from({ length: 1000 }, (_, i) => [i, 2 * i] as const);
  const few = thinned(points);
  expect(few).toHaveLength(334);
  expect(few[0]).toEqual([1, 2]);
  // The last is what is left.
  expect(few.at(-1)).toEqual([999, 1998]);
  expect(thinned(points.slice(0, 400))).toHaveLength(400);
});

it('takes the mean of numbers whose sum is none', () => {
  const points = Array.from({ length: 800 }, (_, i) => [i, 1.5e308] as const);
  for (const [, y] of thinned(points)) expect(y / 1.5e308).toBeCloseTo(1);
});
