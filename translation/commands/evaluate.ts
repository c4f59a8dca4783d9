import { z } from 'zod';
import type { Engine } from '../../src/engine/engine.js';
import type { CommandContext, OpenedRun, RunCommand } from '../../src/family/family.js';
import { dataFlag } from '../../src/family/flags.js';
import { openRunOf } from '../../src/family/open.js';
import type { FeatureExtractor } from '../../src/scores/features.js';
import type { Judges } from '../../src/scores/judges.js';
import type { TranslationConfig } from '../config.js';
import type { DomainSplits } from '../data/splits.js';
import type { TranslationEvaluation, TranslationJudges } from '../evaluate.js';

const reader = (letter: string) =>
  z
    .string()
    .exactOptional()
    .meta({
      description: `of a translation: who reads the classes of images of ${letter}, a classifier run or its .safetensors (default, for handwritten digits: digits-cnn)`,
      flag: 'NAME',
    });

const flags = z.strictObject({
  ...dataFlag,
  against: z.string().exactOptional().meta({
    description: 'another run of the same kind, to compare with',
    flag: 'RUN',
  }),
  extractor: z.array(z.string()).exactOptional().meta({
    description:
      'by whose features pictures are judged: digits-cnn, digits-mixer, a classifier run, or its .safetensors; may be repeated (default, for digits: the first two)',
    flag: 'NAME',
  }),
  readerA: reader('A'),
  readerB: reader('B'),
});

type Flags = z.output<typeof flags>;

const notes = `
A translation is judged on held-out images, each direction by itself. Beside the true counterparts, where
they are known (emoji); by a reader of the classes, where those are known (digits):
  mixgan train classifier --data digits:printed --preset digits-quick --out READER
  mixgan evaluate RUN --reader-b READER
and by the features of a classifier of the target's images:
  mixgan train classifier --data emoji:twemoji --out JUDGE
  mixgan evaluate RUN --extractor JUDGE`;

/** `mixgan evaluate RUN` for a run of a translation */
export const evaluateTranslationRun = (
  judges: () => Promise<Judges>,
): RunCommand<TranslationConfig, typeof flags> => ({
  flags,
  computes: true,
  notes,
  async run(opened, asked, context) {
    const [{ loadDomains }, { translationSettings }, { describeDirection }] = await Promise.all([
      import('../data/load.js'),
      import('../settings.js'),
      import('../figures.js'),
    ]);
    const { data, against } = asked;
    const other = against === undefined ? undefined : await openRunOf(translationSettings, against);
    const { imageSize } = opened.config;
    const { say } = context;
    const splits = await loadDomains(data ?? opened.config.data, { imageSize, say });
    const engine = await context.engine();
    const who = await judgesOf(await judges(), engine, asked, splits, context);
    const evaluate = (run: OpenedRun<TranslationConfig>) => evaluateRun(run, engine, splits, who);
    const { step, figures } = await evaluate(opened);
    const compared = other && (await evaluate(other));
    const document = {
      ...{ run: opened.path, step, data: splits.test.name, ...figures },
      ...(compared && { against: { run: against!, step: compared.step, ...compared.figures } }),
    };
    const text = () =>
      (['aToB', 'bToA'] as const)
        .map((way) => describeDirection(figures[way], compared?.figures[way]))
        .join('\n\n');
    return { document, text };
  },
});

async function evaluateRun(
  { config, checkpoint: load }: OpenedRun<TranslationConfig>,
  engine: Engine,
  splits: DomainSplits,
  who: TranslationJudges,
): Promise<{ readonly step: number; readonly figures: TranslationEvaluation }> {
  const [{ openTranslators }, { evaluateTranslation }] = await Promise.all([
    import('../open.js'),
    import('../evaluate.js'),
  ]);
  const checkpoint = await load();
  const translators = openTranslators(engine, config, checkpoint, splits.test);
  return { step: checkpoint.step, figures: await evaluateTranslation(translators, splits, who) };
}

async function judgesOf(
  { open, forDigits }: Judges,
  engine: Engine,
  { extractor, readerA, readerB }: Flags,
  { test, truth }: DomainSplits,
  { say }: CommandContext,
): Promise<TranslationJudges> {
  const areDigits =
    [test.height, test.width, test.channels].join() === '28,28,1' && truth?.kind === 'classes';
  const extractors: FeatureExtractor[] = [];
  for (const name of extractor ?? (areDigits ? forDigits : [])) {
    extractors.push(await open(engine, name));
  }
  const handwritten = (letter: number): string | undefined =>
    areDigits && test.classNames[letter] === 'handwritten' ? forDigits[0] : undefined;
  const [nameA, nameB] = [readerA ?? handwritten(0), readerB ?? handwritten(1)];
  if (extractors.length === 0) {
    say('no distances to the target domain: give --extractor a classifier of such images');
  }
  for (const [letter, name] of [['a', nameA] as const, ['b', nameB] as const]) {
    if (truth?.kind !== 'classes' || name !== undefined) continue;
    say(
      `whether classes are kept on the way to ${letter.toUpperCase()} is not known: give --reader-${letter} a classifier of ${test.classNames[letter === 'a' ? 0 : 1]}`,
    );
  }
  return {
    extractors,
    readers: {
      ...(nameA !== undefined && { a: await open(engine, nameA) }),
      ...(nameB !== undefined && { b: await open(engine, nameB) }),
    },
  };
}
