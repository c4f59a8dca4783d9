import { expect, it } from 'vitest';
import {
  type Curve,
  permutationChart,
  permutationTable,
} from '../../../classifier/experiments/permutation-results.js';

const curve = (arch: Curve['arch'], shuffle: Curve['shuffle'], last: number, seed = 0): Curve => ({
  ...{ arch, shuffle, seed },
  points: [
    [0, 0.1],
    [10, 0.5],
    [20, last],
  ],
});

it('has a row for each architecture, and tells what is still to come', () => {
  const curves = [curve('mixer', 'original', 0.9), curve('cnn', 'pixels', 0.25)];
  expect(permutationTable(curves)).toBe(
    [
      '|  | as they are | patches shuffled, and pixels inside | all pixels shuffled |',
      '| --- | ---: | ---: | ---: |',
      '| mixer | 90.00% | – | – |',
      '| cnn | – | – | 25.00% |',
    ].join('\n'),
  );
});

it('of several seeds tells the mean, the lowest and the highest', () => {
  const curves = [0.5, 0.75, 1].map((last, seed) => curve('mixer', 'pixels', last, seed));
  expect(permutationTable(curves)).toContain('| 75.00% (50.00% – 100.00%) |');
});

it('draws the errors after the first step, a colour for each architecture', () => {
  const { title, series } = permutationChart([
    curve('mixer', 'original', 0.75),
    curve('resnet', 'original', 0.5),
    curve('mixer', 'pixels', 0.25),
  ]);
  expect(title).toBe('Errors on held-out images');
  expect(series[0]).toEqual({
    name: 'mixer, as they are',
    style: { color: 0, dash: 0 },
    points: [
      [10, 50],
      [20, 25],
    ],
  });
  expect(series.map(({ style }) => [style!.color, style!.dash])).toEqual([
    [0, 0],
    [0, 2],
    [1, 0],
  ]);
});

it('draws the mean of several seeds as one line', () => {
  const { title, series } = permutationChart([
    curve('mixer', 'pixels', 0.75),
    curve('resnet', 'pixels', 0.5),
    curve('mixer', 'pixels', 0.25, 1),
  ]);
  expect(title).toBe('Errors on held-out images, mean of 2 seeds');
  expect(series.map(({ points }) => points.at(-1))).toEqual([
    [20, 50],
    [20, 50],
  ]);
});
