/**
 * What the permutation experiment found, as a picture and a table.
 */
import type { Chart, Point } from '../../src/report/chart.js';
import { percent } from '../../src/text.js';
import { type Shuffle, shuffleNames, shuffles, type Trial } from './permutation.js';

/** A training and the accuracy that it reached as it went on. */
export interface Curve extends Trial {
  /** Steps taken, and share of held-out images recognised, 0 … 1. */
  readonly points: readonly Point[];
}

/**
 * The errors that are left as training goes on, the mean over seeds: each architecture has a colour,
 * each shuffle a pattern of dashes.
 */
export function permutationChart(curves: readonly Curve[]): Chart {
  const archs = archsOf(curves);
  const groups = archs.flatMap((arch) => shuffleNames.map((shuffle) => ({ arch, shuffle })));
  const seeds = new Set(curves.map(({ seed }) => seed)).size;
  return {
    title: `Errors on held-out images${seeds > 1 ? `, mean of ${seeds} seeds` : ''}`,
    xLabel: 'step',
    yLabel: 'not recognised, %',
    // Curves that end at 5% and at 3% would else be pressed together by where they began.
    yScale: 'log',
    series: groups.flatMap(({ arch, shuffle }) => {
      const group = ofGroup(curves, arch, shuffle);
      if (group.length === 0) return [];
      return {
        name: `${arch}, ${shuffles[shuffle]}`,
        style: { color: archs.indexOf(arch), dash: shuffleNames.indexOf(shuffle) },
        points: group[0]!.points.flatMap(([step], i): Point[] => {
          // Before the first step every model guesses.
          if (step === 0) return [];
          return [[step, 100 * (1 - mean(group.map(({ points }) => points[i]![1])))]];
        }),
      };
    }),
  };
}

/** The last accuracies: a row for each architecture; with several seeds mean, lowest and highest. */
export function permutationTable(curves: readonly Curve[]): string {
  const cell = (arch: string, shuffle: Shuffle): string => {
    const last = ofGroup(curves, arch, shuffle).map(({ points }) => points.at(-1)![1]);
    if (last.length === 0) return '–';
    if (last.length === 1) return percent(last[0]!);
    return `${percent(mean(last))} (${percent(Math.min(...last))} – ${percent(Math.max(...last))})`;
  };
  const lines = [
    ['', ...shuffleNames.map((shuffle) => shuffles[shuffle])],
    ['---', ...shuffleNames.map(() => '---:')],
    ...archsOf(curves).map((arch) => [arch, ...shuffleNames.map((shuffle) => cell(arch, shuffle))]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const archsOf = (curves: readonly Curve[]) => [...new Set(curves.map(({ arch }) => arch))];

/** The curves of all seeds. */
const ofGroup = (curves: readonly Curve[], arch: string, shuffle: Shuffle): Curve[] =>
  curves.filter((curve) => curve.arch === arch && curve.shuffle === shuffle);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
