/** Figures of an evaluation as people read them. */
import { percent, table } from '../src/text.js';
import type { DirectionFigures } from './evaluate.js';

const decimals = (value: number): string => value.toFixed(4);

const significant = (value: number): string =>
  value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

/** Columns: the translations, the images as they were, and what stands beside them. */
export interface FigureTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * @param other the same direction of another run
 * @returns a row for each figure; the last column where there is another run
 */
export function figureTable(figures: DirectionFigures, other?: DirectionFigures): FigureTable {
  const { change, cycle, truth, classes } = figures;
  const rows: (readonly [string, string, string, string, string | undefined])[] = [];
  if (truth !== undefined) {
    const { translated, untouched, nearest } = truth;
    const beside = (value: number) => `${decimals(value)} nearest training image`;
    rows.push([
      ...(['L1 to the true counterpart', decimals(translated.l1), decimals(untouched.l1)] as const),
      ...([beside(nearest.l1), other?.truth && decimals(other.truth.translated.l1)] as const),
    ]);
    rows.push([
      ...(['SSIM with the true counterpart', decimals(translated.ssim)] as const),
      ...([decimals(untouched.ssim), beside(nearest.ssim)] as const),
      other?.truth && decimals(other.truth.translated.ssim),
    ]);
  }
  if (classes !== undefined) {
    rows.push([
      ...([`class kept, as ${classes.reader} reads it`, percent(classes.translated)] as const),
      ...([percent(classes.untouched), `${percent(classes.floor)} real images`] as const),
      other?.classes && percent(other.classes.translated),
    ]);
  }
  figures.extractors.forEach((seen, i) => {
    const { extractor, translated, untouched, floor, frechetRatio } = seen;
    const others = other?.extractors[i];
    rows.push([
      ...([`Fréchet distance, ${extractor}`, significant(translated.frechet)] as const),
      ...([significant(untouched.frechet), `${significant(floor.frechet)} real images`] as const),
      others && significant(others.translated.frechet),
    ]);
    rows.push([
      ...(['… times that of real images', frechetRatio.toFixed(2)] as const),
      ...([(untouched.frechet / floor.frechet).toFixed(2), '1 real images'] as const),
      others?.frechetRatio.toFixed(2),
    ]);
    rows.push([
      ...([`kernel distance, ${extractor}`, significant(translated.kernel)] as const),
      ...([significant(untouched.kernel), `${significant(floor.kernel)} real images`] as const),
      others && significant(others.translated.kernel),
    ]);
  });
  rows.push(['change of a pixel', decimals(change), '0', '', other && decimals(other.change)]);
  const back = (name: string, of: (cycle: DirectionFigures['cycle']) => number) =>
    [name, decimals(of(cycle)), '', '', other && decimals(of(other.cycle))] as const;
  rows.push(back('distance of what comes back', ({ plain }) => plain));
  rows.push(back('… over a translation rounded to bytes', ({ rounded }) => rounded));
  rows.push(back('… over one with noise of 4 grey levels', ({ noisy }) => noisy));
  const header = ['', 'translated', 'untouched', 'beside'];
  return other === undefined
    ? { header, rows: rows.map((row) => row.slice(0, 4) as string[]) }
    : {
        header: [...header, 'other run'],
        rows: rows.map(([...row]) => row.map((cell) => cell ?? '-')),
      };
}

/** Noise that doubles the distance of what comes back shows that faint differences carried it. */
const hiding = 2;

/** One direction in lines of text. */
export function describeDirection(figures: DirectionFigures, other?: DirectionFigures): string {
  const { from, to, images, cycle } = figures;
  const { header, rows } = figureTable(figures, other);
  const hides = cycle.noisy > hiding * cycle.plain && cycle.noisy > 0.02;
  return [
    `${from} to ${to}, ${images} held-out images`,
    table(header, rows),
    ...(hides
      ? [
          'what comes back does so by faint differences that noise destroys: the translation hides the image',
        ]
      : []),
  ].join('\n');
}
