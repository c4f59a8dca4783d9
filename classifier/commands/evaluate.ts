import { z } from 'zod';
import { type ImageDataset, subset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/load.js';
import { UsageError } from '../../src/errors.js';
import type { CommandContext, OpenedRun, RunCommand } from '../../src/family/family.js';
import { dataFlag, parseShard, shardFlag } from '../../src/family/flags.js';
import { percent, table } from '../../src/text.js';
import { rowsOf } from '../../src/train/share.js';
import type { Share } from '../../src/train/world.js';
import type { ClassifierConfig } from '../config.js';
import type { Evaluation } from '../evaluate.js';
import { bestFlag, viewsFlag, which } from './flags.js';

const flags = z.strictObject({ ...dataFlag, ...bestFlag, ...viewsFlag, ...shardFlag });

/** `mixgan evaluate RUN` for a run of a classifier */
export const evaluate: RunCommand<ClassifierConfig, typeof flags> = {
  flags,
  computes: true,
  async run(opened, asked, context) {
    const { document, note } = await measured(opened, asked, context);
    return { document, text: () => `${note}${describe(document)}` };
  },
};

/**
 * What a run's classifier makes of held-out images.
 * @throws InputError when they are of another size, or of other classes
 */
export async function measured(
  { path, config, checkpoint: load }: OpenedRun<ClassifierConfig>,
  { data, best, views: count, shard }: z.output<typeof flags>,
  context: Pick<CommandContext, 'engine'>,
) {
  const [{ restoreClassifier }, { createPredictor, evaluateClassifier, requireKnown }, views] =
    await Promise.all([
      import('../checkpoint.js'),
      import('../evaluate.js'),
      import('../views.js'),
    ]);
  const checkpoint = await load(which(best));
  const seen = views.trainedViews(config, count ?? 1);
  const { test: all } = await loadDataset(data ?? config.data, config);
  const share = shard === undefined ? undefined : parseShard(shard);
  const test = share === undefined ? all : partOf(all, share);
  const engine = await context.engine();
  const { model, task } = restoreClassifier(config, checkpoint);
  requireKnown(test, task, path);
  const look = createPredictor(engine, model);
  const result = await evaluateClassifier(views.withViews(look, seen, task.imageShape), test);
  const document = {
    ...(share && { part: { kind: config.kind, index: share.rank, of: share.size } }),
    run: path,
    step: checkpoint.step,
    data: test.name,
    ...(count === undefined ? {} : { views: views.describeViews(seen) }),
    classNames: test.classNames,
    ...result,
  };
  return { document, note: views.viewsNote(seen) };
}

/** @throws UsageError where there are more parts than images */
function partOf(dataset: ImageDataset, share: Share): ImageDataset {
  const { from, to } = rowsOf(dataset.count, share);
  if (from < to)
    return subset(
      dataset,
      Uint32Array.from({ length: to - from }, (_, i) => from + i),
    );
  throw new UsageError(
    `--shard ${share.rank}/${share.size}: of ${dataset.count} images this part has none; give fewer parts`,
  );
}

function describe({
  accuracy,
  count,
  correct,
  crossEntropy,
  perClass,
  confusion,
}: Evaluation): string {
  const names = perClass.map(({ name }) => name);
  return [
    `accuracy ${percent(accuracy)} (${correct} of ${count}), cross-entropy ${crossEntropy.toFixed(4)}`,
    '',
    table(
      ['class', 'examples', 'correct', 'accuracy'],
      perClass.map((row) => [row.name, row.count, row.correct, percent(row.accuracy)]),
    ),
    '',
    'confusion (rows: true class, columns: taken for)',
    table(
      ['', ...names],
      confusion.map((row, k) => [names[k]!, ...row]),
    ),
  ].join('\n');
}
