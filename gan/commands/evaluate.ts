import { dirname } from 'node:path';
import { z } from 'zod';
import type { ImageDataset } from '../../src/data/dataset.js';
import type { Engine } from '../../src/engine/engine.js';
import { InputError, OutputError, UsageError } from '../../src/errors.js';
import type { CommandContext, OpenedRun, RunCommand } from '../../src/family/family.js';
import { dataFlag, outFlag, parseShard, shardFlag } from '../../src/family/flags.js';
import { openRunOf } from '../../src/family/open.js';
import { isFolder } from '../../src/files.js';
import type { FeatureExtractor } from '../../src/scores/features.js';
import { grouped, table } from '../../src/text.js';
import type { LoadedCheckpoint } from '../../src/train/checkpoint.js';
import { atTemperature, type GanConfig } from '../config.js';
import type {
  EvaluatedGenerator,
  EvaluationResult,
  ExtractorEvaluation,
  Scores,
} from '../evaluate.js';
import { attributeTable, figureTable } from '../figures.js';
import type { Judges } from '../judging.js';
import type { Sampler } from '../sample.js';
import { temperatureFlag } from './flags.js';

const flags = z.strictObject({
  ...dataFlag,
  ...temperatureFlag,
  ...shardFlag,
  out: outFlag('with --shard: PART.safetensors, for mixgan merge', '.safetensors').exactOptional(),
  against: z
    .string()
    .exactOptional()
    .meta({ description: 'another run of the same kind, to compare with', flag: 'RUN' }),
  extractor: z.array(z.string()).exactOptional().meta({
    description:
      'by whose features pictures are judged: digits-cnn, digits-mixer, a classifier run, or its .safetensors; may be repeated (default, for digits: the first two; for other images those that --train-extractor made)',
    flag: 'NAME',
  }),
  trainExtractor: z
    .boolean()
    .exactOptional()
    .describe(
      'judge by a CNN and a Mixer trained on the data itself: minutes for the first time, kept in the cache then',
    ),
});

const notes = `
A GAN of other images than digits is judged by classifiers that were trained on the same data:
  mixgan evaluate RUN --train-extractor
or by one of your own:
  mixgan train classifier --data SOURCE --out JUDGE
  mixgan evaluate RUN --extractor JUDGE
In parts, by jobs that know nothing of each other:
  mixgan evaluate RUN --shard 0/8 --out part-0.safetensors
  mixgan merge part-*.safetensors --out RUN/evaluation.json`;

/** `mixgan evaluate RUN` for a run of a GAN */
export const evaluateGan = (
  judges: () => Promise<Judges>,
): RunCommand<GanConfig, typeof flags> => ({
  flags,
  computes: true,
  notes,
  async run(run, asked, context) {
    const { data, against, extractor: names, trainExtractor = false } = asked;
    const part = partOf(asked);
    if (part !== undefined) await requireFolderOf(part.out);
    if (names !== undefined && trainExtractor) {
      throw new UsageError('give --extractor or --train-extractor, not both');
    }
    const opened = { ...run, config: atTemperature(run.config, asked) };
    const [
      { ganSettings },
      { loadDataset },
      { createEvaluation },
      { areDigits, attributeReaders },
      { conditionsOf },
    ] = await Promise.all([
      import('../settings.js'),
      import('../../src/data/load.js'),
      import('../evaluate.js'),
      import('../judging.js'),
      import('../condition.js'),
    ]);
    const checkpoint = await opened.checkpoint();
    const other = against === undefined ? undefined : await openRunOf(ganSettings, against);
    const otherCheckpoint = await other?.checkpoint();
    const source = data ?? opened.config.data;
    const { train, test } = await loadDataset(source, { ...opened.config, say: context.say });
    let opening: Promise<Engine> | undefined;
    const engineOnce = (): Promise<Engine> => {
      opening ??= context.engine();
      return opening;
    };
    const known = await judges();
    const { open, forDigits, ofData } = known;
    const { say, stream } = context;
    const training = { train: trainExtractor, source, say, stream };
    const extractors: FeatureExtractor[] = [];
    if (names !== undefined || (areDigits(train) && !trainExtractor)) {
      for (const name of names ?? forDigits) {
        extractors.push(await open(await engineOnce(), name));
      }
    } else {
      const found = await ofData(engineOnce, { train, test }, training);
      if (found === undefined) {
        throw new UsageError(
          `${train.name}: images other than digits of 28×28×1 need extractors that know them: add --train-extractor, which takes minutes for the first time, or --extractor with a classifier of yours`,
        );
      }
      extractors.push(...found);
    }
    const engine = await engineOnce();
    const conditions = conditionsOf(opened.config, train) ?? [];
    const request = { conditions, data: { train, test }, extractors, asked: training };
    const readers = await attributeReaders(known, engineOnce, request);
    const evaluation = createEvaluation({ extractors, readers, train, heldOut: test });
    const subject = { opened, checkpoint, engine, train };
    if (part !== undefined) {
      const { writeEvaluationPart } = await import('../write-part.js');
      return writeEvaluationPart(part, {
        ...{ path: opened.path, config: opened.config, checkpoint, data: { train, test } },
        part: await withGenerator(subject, (...by) => evaluation.part(...by, part.share)),
      });
    }
    const result = await withGenerator(subject, evaluation.evaluate);
    const compared =
      other &&
      (await withGenerator(
        { opened: other, checkpoint: otherCheckpoint!, engine, train },
        evaluation.evaluate,
      ));
    await warnOfBadJudges(result, train, context.say);
    // The protocol is one for both.
    const { protocol: _, ...others } = compared ?? {};
    const document = {
      ...{ run: opened.path, step: checkpoint.step, temperature: opened.config.temperature },
      data: train.name,
      classNames: train.classNames,
      ...result,
      ...(compared && {
        against: {
          ...{ run: against!, step: otherCheckpoint!.step, temperature: other!.config.temperature },
          ...others,
        },
      }),
    };
    return { document, text: () => describe(result, compared, train) };
  },
});

interface Subject {
  readonly opened: OpenedRun<GanConfig>;
  readonly checkpoint: LoadedCheckpoint;
  readonly engine: Engine;
  readonly train: ImageDataset;
}

/** @throws InputError where it draws images of another size than those it is compared with */
async function withGenerator<T>(
  { opened: { path, config }, checkpoint, engine, train }: Subject,
  use: (sampler: Sampler, generator: EvaluatedGenerator) => Promise<T>,
): Promise<T> {
  const [{ restoreGenerator }, { createSampler }] = await Promise.all([
    import('../checkpoint.js'),
    import('../sample.js'),
  ]);
  const { generator, imageShape, conditions } = restoreGenerator(config, checkpoint);
  const shape = [train.height, train.width, train.channels].join('×');
  if (imageShape.join('×') !== shape) {
    throw new InputError(
      `${path} draws images of ${imageShape.join('×')}, but ${train.name} has ${shape}`,
    );
  }
  try {
    const { latentDim } = config.generator;
    return await use(createSampler(engine, generator), { latentDim, conditions });
  } finally {
    generator.dispose();
  }
}

/**
 * The part that is asked for, where one is.
 * @throws UsageError where it is not said which, or into which file, or another run is to be measured as well
 */
function partOf({ shard, out, against }: z.output<typeof flags>) {
  if (shard === undefined && out === undefined) return undefined;
  if (shard === undefined) {
    throw new UsageError(
      '--out is for a part: give --shard I/N, or --save or --json for the whole',
    );
  }
  if (out === undefined) {
    throw new UsageError(
      `--shard ${shard}: a part of a GAN's evaluation is a file of features; give --out PART.safetensors`,
    );
  }
  if (against !== undefined) {
    throw new UsageError('--against with --shard: evaluate each run in parts of its own');
  }
  return { share: parseShard(shard)!, out };
}

/** @throws OutputError where a file's folder is missing, before minutes are spent on what it is to hold */
async function requireFolderOf(file: string): Promise<void> {
  const folder = dirname(file);
  if (await isFolder(folder)) return;
  throw new OutputError(`cannot write ${file}: there is no folder ${folder}; create it first`);
}

/** A classifier of other images has features too, but they say little. */
async function warnOfBadJudges(
  { extractors }: EvaluationResult,
  { name }: ImageDataset,
  say: CommandContext['say'],
): Promise<void> {
  const { tooFewRecognised } = await import('../judging.js');
  for (const { extractor, floor } of extractors) {
    const few = tooFewRecognised(floor);
    if (few === undefined) continue;
    say(`${extractor} recognises only ${few} of the images of ${name}: its figures mean little`);
  }
}

function describe(
  { protocol, extractors, attributes }: EvaluationResult,
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
  if (attributes !== undefined) {
    const { header, rows } = attributeTable(attributes, other?.attributes);
    tables.push(`attributes that images show as asked:\n${table(header, rows)}`);
  }
  return tables.join('\n\n');
}

function tableOf(evaluated: ExtractorEvaluation, other: ExtractorEvaluation | undefined): string {
  const { header, rows } = figureTable(evaluated, other);
  return table(header, rows);
}

function describeClasses({ classes }: Scores, names: readonly string[]): string {
  return `images taken for each class: ${names.map((name, k) => `${name}: ${classes.counts[k]}`).join(', ')}`;
}
