/**
 * The figures of an evaluation as tables show them.
 */
import type { DistanceQuantiles } from '../src/scores/index.js';
import { percent } from '../src/text.js';
import type { AttributeScores } from './attribute-scores.js';
import type { ExtractorEvaluation, Scores } from './evaluate.js';

interface Figure {
  readonly name: string;
  readonly of: (evaluated: ExtractorEvaluation) => number | undefined;
  /** The figure of real images. */
  readonly floor: (evaluated: ExtractorEvaluation) => number | undefined;
  readonly show: (value: number) => string;
}

const decimals = (value: number): string => value.toFixed(3);

/** Distances are as large as the extractor's features. */
const significant = (value: number): string =>
  value.toLocaleString('en-US', { minimumSignificantDigits: 4, maximumSignificantDigits: 4 });

/** Of generated and real images alike. */
const score = (
  name: string,
  of: (scores: Scores) => number | undefined,
  show: Figure['show'] = decimals,
): Figure => ({
  name,
  of: ({ generated }) => of(generated),
  floor: ({ floor }) => of(floor),
  show,
});

/** From generated and from held-out images to the nearest training image. */
const distance = (name: string, of: (quantiles: DistanceQuantiles) => number): Figure => ({
  name: `distance to a training image, ${name}`,
  of: ({ memorisation }) => memorisation && of(memorisation.generated),
  floor: ({ memorisation }) => memorisation && of(memorisation.heldOut),
  show: significant,
});

const figures: readonly Figure[] = [
  score('Fréchet distance', ({ frechet }) => frechet, significant),
  {
    name: 'times that of real images',
    of: ({ frechetRatio }) => frechetRatio,
    floor: () => 1,
    show: (value) => value.toFixed(2),
  },
  score('kernel distance', ({ kernel }) => kernel, significant),
  score('precision', ({ precision }) => precision),
  score('recall', ({ recall }) => recall),
  score('density', ({ density }) => density),
  score('coverage', ({ coverage }) => coverage),
  score('classes present', ({ classes }) => classes.classesPresent, String),
  score('class entropy, 0 to 1', ({ classes }) => classes.normalisedEntropy),
  score('distance of class shares', ({ classes }) => classes.totalVariation),
  score('surely of one class', ({ classes }) => classes.confidentShare, percent),
  score('of the class wanted', ({ askedShare }) => askedShare, percent),
  distance('1% quantile', ({ q01 }) => q01),
  distance('median', ({ median }) => median),
  {
    name: 'as near as the nearest 1% of held-out images',
    of: ({ memorisation }) => memorisation?.closeShare,
    floor: ({ memorisation }) => memorisation && 0.01,
    show: percent,
  },
];

/** Shares of images that show what they were asked for, beside what the readers recognise of real ones. */
export function attributeTable(
  scores: AttributeScores,
  other: AttributeScores | undefined,
): { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const shown = (value: number | undefined) => (value === undefined ? missing : percent(value));
  const rowOf = (
    name: string,
    of: (scores: AttributeScores) => number | undefined,
    floor?: number,
  ) => [
    ...[name, shown(of(scores)), shown(floor)],
    ...(other === undefined ? [] : [shown(of(other))]),
  ];
  const rows = scores.attributes.map(({ attribute, floor }) =>
    rowOf(
      attribute,
      ({ attributes }) => attributes.find((one) => one.attribute === attribute)?.askedShare,
      floor,
    ),
  );
  return {
    header: ['attribute', 'this run', 'real images', ...(other === undefined ? [] : ['other run'])],
    rows: [...rows, rowOf('all of them', ({ allShare }) => allShare)],
  };
}

const missing = '-';

/** What one extractor found, beside the same of real images and of another run. */
export function figureTable(
  evaluated: ExtractorEvaluation,
  other: ExtractorEvaluation | undefined,
): { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const rows = figures.flatMap(({ name, of, floor, show }) => {
    const shown = (value: number | undefined) => (value === undefined ? missing : show(value));
    const value = of(evaluated);
    const otherValue = other && of(other);
    if (value === undefined && otherValue === undefined) return [];
    const row = [name, shown(value), shown(floor(evaluated))];
    if (other === undefined) return [row];
    const ratio = value === undefined || !otherValue ? missing : (value / otherValue).toFixed(2);
    return [[...row, shown(otherValue), ratio]];
  });
  const against = other === undefined ? [] : ['other run', 'this / other'];
  return { header: ['metric', 'this run', 'real images', ...against], rows };
}
