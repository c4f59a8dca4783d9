/**
 * Draws what `race.ts` wrote, and prints it as a table: how near each recipe came to real digits over
 * the seconds that it trained, the median over the seeds, with the smallest and the largest.
 * `node --import tsx samples/mnist-quick/race-curve.ts FILE.jsonl FILE.svg`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { quantile } from '../../src/arrays.js';
import { chartFile, type Series } from '../../src/report/chart.js';
import type { Score } from './race.js';

const [input, output] = process.argv.slice(2) as [string, string];
const lines = (await readFile(input, 'utf8')).trimEnd().split('\n');
const scores = lines.map((line) => JSON.parse(line) as Score);
const extractors = Object.keys(scores[0]!.ratios);

/** The scores of a recipe after a number of steps, one of each seed. */
interface Place {
  readonly recipe: string;
  readonly step: number;
  readonly scores: readonly Score[];
}

const places = new Map<string, Place>();
for (const score of scores) {
  const { recipe, step } = score;
  const key = `${recipe} ${step}`;
  const before = places.get(key)?.scores ?? [];
  places.set(key, { recipe, step, scores: [...before, score] });
}
const seeds = new Set(scores.map(({ seed }) => seed)).size;
// Where the time was up for some seeds and not for others, a median says nothing.
const whole = [...places.values()].filter((place) => place.scores.length === seeds);

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
const median = (values: readonly number[]): number => quantile(sorted(values), 0.5);
const secondsOf = (place: Place): number => median(place.scores.map(({ seconds }) => seconds));
const ratiosOf = (place: Place, extractor: string): number[] =>
  sorted(place.scores.map(({ ratios }) => ratios[extractor]!));

const recipes = [...new Set(whole.map(({ recipe }) => recipe))];
const series = recipes.flatMap((recipe, color): Series[] =>
  extractors.map((extractor, dash) => ({
    name: `${recipe}, ${extractor}`,
    points: whole
      .filter((place) => place.recipe === recipe)
      .map((place) => [secondsOf(place), median(ratiosOf(place, extractor))]),
    style: { color, dash },
  })),
);
await writeFile(
  output,
  chartFile({
    title: `Fréchet distance to real digits, median of ${seeds} seeds`,
    xLabel: 'seconds of training',
    yLabel: 'Fréchet distance / floor',
    series,
    yScale: 'log',
  }),
);

const cell = (place: Place, extractor: string): string => {
  const ratios = ratiosOf(place, extractor);
  const [least, most] = [ratios[0]!, ratios.at(-1)!].map((ratio) => ratio.toFixed(1));
  return `${median(ratios).toFixed(1)} (${least} to ${most})`;
};
const rows = whole.map((place) => [
  place.recipe,
  String(place.step),
  secondsOf(place).toFixed(0),
  ...extractors.map((extractor) => cell(place, extractor)),
]);
const header = ['recipe', 'step', 'seconds', ...extractors.map((name) => `× floor, ${name}`)];
const table = [header, ['---', '---:', '---:', ...extractors.map(() => '---:')], ...rows];
process.stdout.write(`${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
