import { expect, it } from 'vitest';
import { type Chart, chartFile, lineChart, type Point } from '../../src/report/chart.js';
import { expectWellFormed } from '../support/markup.js';

const chart = (points: readonly Point[], more: Partial<Chart> = {}): Chart => ({
  title: 'Losses',
  xLabel: 'step',
  yLabel: 'nats',
  series: [{ name: 'loss', points }],
  ...more,
});

/** The corners of each line, in the order of the series. */
const paths = (markup: string): string[] =>
  Array.from(markup.matchAll(/<path d="([^"]*)"/g), ([, d]) => d!);

/** What the vertical axis says, from the bottom up. */
const yTicks = (markup: string): string[] =>
  Array.from(markup.matchAll(/text-anchor="end">([^<]*)</g), ([, text]) => text!);

it('maps the smallest and the largest to the corners of the plot', () => {
  const { markup } = lineChart(
    chart([
      [0, 0],
      [50, 4],
      [100, 10],
    ]),
  );
  expectWellFormed(markup);
  expect(paths(markup)).toEqual(['M64,254L344,166L624,34']);
  expect(yTicks(markup)).toEqual(['0', '2', '4', '6', '8', '10']);
});

it('puts equal ratios at equal distances on a logarithmic scale', () => {
  const { markup } = lineChart(
    chart(
      [
        [0, 0.01],
        [1, 0.1],
        [2, 1],
      ],
      { yScale: 'log' },
    ),
  );
  expect(paths(markup)).toEqual(['M64,254L344,144L624,34']);
  expect(yTicks(markup)).toEqual(['0.01', '0.02', '0.1', '0.2', '1']);
});

it('is linear where a logarithm would not be finite', () => {
  const points: Point[] = [
    [0, 0],
    [1, 5],
    [2, 10],
  ];
  expect(lineChart(chart(points, { yScale: 'log' }))).toEqual(lineChart(chart(points)));
});

it.each<[string, readonly number[]]>([
  ['of both signs and as large as numbers get', [-1e308, 1, 1e308]],
  ['all as large as numbers get', [1.7e308, 1.6e308]],
  ['of all sizes', [5e-324, 1, 1.7e308]],
  ['next to nothing', [0, 5e-324, 1e-320]],
])('draws values %s', (_, values) => {
  for (const yScale of ['linear', 'log'] as const) {
    const points = values.map((value, i): Point => [i, value]);
    for (const turned of [points, points.map(([x, y]): Point => [y, x])]) {
      const { markup } = lineChart(chart(turned, { yScale }));
      expect(markup.replace(/aria-label="[^"]*"/, '')).not.toMatch(/NaN|Infinity/);
      expect(paths(markup)[0]).toMatch(/^M[\d.,LZ]+$/);
      for (const label of yTicks(markup)) expect(label.length).toBeLessThan(12);
    }
  }
});

it('leaves gaps where values are not finite', () => {
  const { markup } = lineChart(
    chart([
      [0, 0],
      [1, 10],
      [2, Number.NaN],
      [3, 10],
      [4, 0],
    ]),
  );
  expect(paths(markup)).toEqual(['M64,254L204,34M484,34L624,254']);
});

it.each([
  ['nothing', []],
  ['one point', [[3, 7]]],
  [
    'a constant',
    [
      [0, 2],
      [9, 2],
    ],
  ],
  ['nothing finite', [[1, Number.NaN]]],
] as [string, Point[]][])('draws %s without numbers that are none', (_, points) => {
  for (const yScale of ['linear', 'log'] as const) {
    const { markup } = lineChart(chart(points, { yScale }));
    expectWellFormed(markup);
    expect(markup).not.toMatch(/NaN|Infinity|undefined/);
  }
});

it('names series of one name once, with one style', () => {
  const style = { color: 1, dash: 2 };
  const points: Point[] = [[0, 1]];
  const { markup } = lineChart(
    chart([], {
      series: [
        { name: 'mixer', points, style },
        { name: 'resnet', points },
        { name: 'mixer', points },
      ],
    }),
  );
  expect(markup.match(/>mixer<\/text>/g)).toHaveLength(1);
  const strokes = Array.from(
    markup.matchAll(/<path [^>]*stroke="(#\w+)" stroke-dasharray="([^"]*)"/g),
    ([, color, dash]) => `${color} ${dash}`,
  );
  expect(strokes).toEqual(['#d9622b 2 3', '#d9622b none', '#d9622b 2 3']);
});

it('tells a reader without eyes what it shows', () => {
  const { markup } = lineChart(
    chart([
      [10, 2.34567],
      [2000, 0.5],
    ]),
  );
  expect(markup).toContain('role="img" aria-label="Losses: loss 2.346 at step 10, 0.5 at 2000"');
});

it('escapes names', () => {
  const { markup } = lineChart(
    chart([[0, 1]], { title: '<b>', series: [{ name: 'a&b', points: [] }] }),
  );
  expectWellFormed(markup);
  expect(markup).toContain('&lt;b&gt;');
  expect(markup).toContain('a&amp;b');
});

it('is a file of its own with a namespace and a ground', () => {
  const file = chartFile(chart([[0, 1]]));
  expectWellFormed(file);
  expect(file).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
  expect(file).toContain('fill="#fff"');
});
