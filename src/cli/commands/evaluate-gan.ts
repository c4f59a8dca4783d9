import { restoreGenerator } from '../../../gan/checkpoint.js';
import type { GanConfig } from '../../../gan/config.js';
import {
  createEvaluation,
  type Evaluation,
  type EvaluationResult,
  type ExtractorEvaluation,
  type Scores,
} from '../../../gan/evaluate.js';
import { createSampler } from '../../../gan/sample.js';
import type { ImageDataset } from '../../data/dataset.js';
import { loadDataset } from '../../data/load.js';
import type { Engine } from '../../engine/engine.js';
import { InputError, UsageError } from '../../errors.js';
import type { DistanceQuantiles } from '../../scores/index.js';
import { grouped, percent } from '../../text.js';
import type { LoadedCheckpoint } from '../../train/checkpoint.js';
import { openEngineAloud } from '../engine.js';
import { areDigits, openExtractors, tooFewRecognised } from '../extractors.js';
import { table } from '../output.js';
import { openGanRun } from '../runs.js';
import type { EvaluateFlags, Measured } from './evaluate-flags.js';

/** `mixgan evaluate RUN` for a run of a GAN */
export async function evaluateGanRun(path: string, flags: EvaluateFlags): Promise<Measured> {
  const opened = await openGanRun(path);
  const other = flags.against === undefined ? undefined : await openGanRun(flags.against);
  const source = flags.data ?? opened.config.data;
  const { train, test } = await loadDataset(source, opened.config);
  if (flags.extractor === undefined && !areDigits(train)) {
    throw new UsageError(
      `${train.name}: images other than digits of 28×28×1 need an extractor that knows them: mixgan train classifier --data ${source} --out JUDGE, then add --extractor JUDGE`,
    );
  }
  const engine = await openEngineAloud(flags);
  const extractors = await openExtractors(engine, flags.extractor);
  const evaluation = createEvaluation({ extractors, train, heldOut: test });
  const result = await evaluateRun(evaluation, { path, ...opened, engine, train });
  const compared =
    other && (await evaluateRun(evaluation, { path: flags.against!, ...other, engine, train }));
  warnOfBadJudges(result, train);
  const about = (name: string, { checkpoint }: { checkpoint: LoadedCheckpoint }) => ({
    run: name,
    step: checkpoint.step,
  });
  const document = {
    ...about(path, opened),
    data: train.name,
    classNames: train.classNames,
    ...result,
    ...(compared && {
      against: { ...about(flags.against!, other!), extractors: compared.extractors },
    }),
  };
  return { run: opened.run, document, text: describe(result, compared, train) };
}

interface Subject {
  readonly path: string;
  readonly config: GanConfig;
  readonly checkpoint: LoadedCheckpoint;
  readonly engine: Engine;
  readonly train: ImageDataset;
}

async function evaluateRun(
  evaluation: Evaluation,
  { path, config, checkpoint, engine, train }: Subject,
): Promise<EvaluationResult> {
  const { generator, imageShape, classNames } = restoreGenerator(config, checkpoint);
  const shape = [train.height, train.width, train.channels].join('×');
  if (imageShape.join('×') !== shape) {
    throw new InputError(
      `${path} draws images of ${imageShape.join('×')}, but ${train.name} has ${shape}`,
    );
  }
  try {
    return await evaluation.evaluate(createSampler(engine, generator), {
      latentDim: config.generator.latentDim,
      numClasses: classNames?.length,
    });
  } finally {
    generator.dispose();
  }
}

/** A classifier of other images has features too, but they say little. */
function warnOfBadJudges({ extractors }: EvaluationResult, { name }: ImageDataset): void {
  for (const { extractor, floor } of extractors) {
    const few = tooFewRecognised(floor);
    if (few === undefined) continue;
    process.stderr.write(
      `${extractor} recognises only ${few} of the images of ${name}: its figures mean little\n`,
    );
  }
}

function describe(
  { protocol, extractors }: EvaluationResult,
  other: EvaluationResult | undefined,
  { name, classNames }: ImageDataset,
): string {
  const count = grouped(protocol.samples);
  const tables = extractors.map((evaluated, i) =>
    [
      `${evaluated.extractor}: ${count} generated images and ${count} real ones, against ${count} others of ${name}`,
      tableOf(evaluated, other?.extractors[i]),
      describeClasses(evaluated.generated, classNames),
    ].join('\n'),
  );
  return tables.join('\n\n');
}

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

const missing = '-';

function tableOf(evaluated: ExtractorEvaluation, other: ExtractorEvaluation | undefined): string {
  const { header, rows } = figureTable(evaluated, other);
  return table(header, rows);
}

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

function describeClasses({ classes }: Scores, names: readonly string[]): string {
  return `images taken for each class: ${names.map((name, k) => `${name}: ${classes.counts[k]}`).join(', ')}`;
}
