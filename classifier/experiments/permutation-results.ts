/**
 * What the permutation experiment found, as a picture and a table.
 */
import type { Chart, Point } from '../../src/report/chart.js';
import { percent } from '../../src/text.js';
import { type Part, type Shuffle, shuffleNames, shuffles } from './permutation.js';

/** A training and the accuracy that it reached as it went on. */
export interface Curve extends Part {
  /** Steps taken, and share of held-out images recognised, 0 … 1. */
  readonly points: readonly Point[];
}

/** Each architecture has a colour, each shuffle a pattern of dashes. */
export function permutationChart(curves: readonly Curve[]): Chart {
  const archs = archsOf(curves);
  return {
    title: 'Accuracy on held-out images',
    xLabel: 'step',
    yLabel: 'recognised, %',
    series: curves.map(({ arch, shuffle, points }) => ({
      name: `${arch}, ${shuffles[shuffle]}`,
      style: { color: archs.indexOf(arch), dash: shuffleNames.indexOf(shuffle) },
      // Before the first step every model guesses, and the others would be pressed together.
      points: points
        .filter(([step]) => step > 0)
        .map(([step, accuracy]): Point => [step, 100 * accuracy]),
    })),
  };
}

/** The last accuracies: a row for each architecture; with several seeds mean, lowest and highest. */
export function permutationTable(curves: readonly Curve[]): string {
  const cell = (arch: string, shuffle: Shuffle): string => {
    const last = curves
      .filter((curve) => curve.arch === arch && curve.shuffle === shuffle)
      .map(({ points }) => points.at(-1)![1]);
    if (last.length === 0) return '–';
    const mean = percent(last.reduce((sum, value) => sum + value, 0) / last.length);
    if (last.length === 1) return mean;
    return `${mean} (${percent(Math.min(...last))} – ${percent(Math.max(...last))})`;
  };
  const lines = [
    ['', ...shuffleNames.map((shuffle) => shuffles[shuffle])],
    ['---', ...shuffleNames.map(() => '---:')],
    ...archsOf(curves).map((arch) => [arch, ...shuffleNames.map((shuffle) => cell(arch, shuffle))]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const archsOf = (curves: readonly Curve[]) => [...new Set(curves.map(({ arch }) => arch))];
