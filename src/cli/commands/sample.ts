import { extname } from 'node:path';
import { restoreGenerator } from '../../../gan/checkpoint.js';
import { createSampler, drawLatents } from '../../../gan/sample.js';
import { UsageError } from '../../errors.js';
import { imageGrid, toBytes } from '../../image/grid.js';
import { writeNpy } from '../../image/npy.js';
import { writePng } from '../../image/png.js';
import { RandomStream } from '../../random.js';
import { type EngineChoice, openEngineAloud } from '../engine.js';
import { report } from '../output.js';
import { openGanRun } from '../runs.js';

export interface SampleFlags {
  readonly count: number;
  readonly seed: number;
  readonly out: string;
  readonly engine: EngineChoice;
  readonly json?: boolean;
}

/** A grid of more pictures than this is no longer something to look at. */
const mostInGrid = 10_000;

/** `mixgan sample RUN` */
export async function sample(path: string, flags: SampleFlags): Promise<void> {
  const { count, seed, out } = flags;
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
  const engine = await openEngineAloud(flags.engine);
  const { generator, imageShape } = restoreGenerator(config, checkpoint);
  const latents = drawLatents(
    RandomStream.fromSeed(seed).split('sample'),
    count,
    config.generator.latentDim,
  );
  const pixels = await createSampler(engine, generator)(latents);
  const [height, width, channels] = imageShape;
  if (format === '.npy') {
    await writeNpy(out, toBytes(pixels), [count, height, width, channels]);
  } else {
    const layout = { count, height, width, channels: channels === 1 ? 1 : 3 } as const;
    await writePng(out, imageGrid(pixels, layout));
  }
  const shape = [count, height, width, channels];
  report(flags.json, { file: out, count, seed, step: checkpoint.step, shape }, () => out);
}
