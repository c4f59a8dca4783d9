import { extname } from 'node:path';
import { restoreGenerator } from '../../../gan/checkpoint.js';
import { createSampler, drawLatents } from '../../../gan/sample.js';
import { UsageError } from '../../errors.js';
import { writeNpy } from '../../formats/npy.js';
import { imageGrid, toBytes } from '../../image/grid.js';
import { writePng } from '../../image/png.js';
import { RandomStream } from '../../random.js';
import { askedClasses, inTurn } from '../classes.js';
import { type EngineFlags, openEngineAloud } from '../engine.js';
import { report } from '../output.js';
import { openGanRun } from '../runs.js';

export interface SampleFlags extends EngineFlags {
  readonly count: number;
  readonly class?: string;
  readonly truncation?: number;
  readonly seed: number;
  readonly out: string;
  readonly json?: boolean;
}

/** A grid of more pictures than this is no longer something to look at. */
const mostInGrid = 10_000;

/** `mixgan sample RUN`: of a conditional GAN the classes in turn, so that a grid has a column each. */
export async function sample(path: string, flags: SampleFlags): Promise<void> {
  const { count, truncation, seed, out } = flags;
  const format = extname(out).toLowerCase();
  if (format !== '.png' && format !== '.npy') {
    throw new UsageError(`--out ${out}: give a name that ends in .png or .npy`);
  }
  if (format === '.png' && count > mostInGrid) {
    throw new UsageError(
      `--count ${count}: a PNG grid holds up to ${mostInGrid} pictures; write a .npy for more`,
    );
  }
  const { config, checkpoint } = await openGanRun(path);
  const engine = await openEngineAloud(flags);
  const { generator, imageShape, classNames } = restoreGenerator(config, checkpoint);
  const classes = askedClasses(path, classNames, flags.class);
  const latents = drawLatents(
    RandomStream.fromSeed(seed).split('sample'),
    count,
    config.generator.latentDim,
    truncation,
  );
  const pixels = await createSampler(engine, generator)(latents, classes && inTurn(classes, count));
  const [height, width, channels] = imageShape;
  if (format === '.npy') {
    await writeNpy(out, toBytes(pixels), [count, height, width, channels]);
  } else {
    const layout = { count, height, width, channels: channels === 1 ? 1 : 3 } as const;
    // A column for each class; otherwise about as many as rows.
    const columns = Math.min(count, classes?.numbers.length ?? 1);
    await writePng(out, imageGrid(pixels, columns === 1 ? layout : { ...layout, columns }));
  }
  const shape = [count, height, width, channels];
  const shown = { file: out, count, classes: classes?.names, truncation, seed };
  report(flags.json, { ...shown, step: checkpoint.step, shape }, () => out);
}
