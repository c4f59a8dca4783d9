import { extname } from 'node:path';
import { z } from 'zod';
import { wholeNumber } from '../../src/config/numbers.js';
import { UsageError } from '../../src/errors.js';
import type { RunCommand } from '../../src/family/family.js';
import { outFlag, parseShard, seedFlag, shardFlag } from '../../src/family/flags.js';
import { rowsOf } from '../../src/train/share.js';
import { turns } from '../condition.js';
import { atTemperature, type GanConfig } from '../config.js';
import { classFlag, temperatureFlag, truncationFlag } from './flags.js';

const flags = z.strictObject({
  count: wholeNumber(1, 100_000).default(64).describe('how many pictures'),
  ...classFlag('each in turn'),
  ...temperatureFlag,
  ...truncationFlag,
  ...seedFlag,
  ...shardFlag,
  out: outFlag('FILE.png (a grid) or FILE.npy (uint8, shape [N, H, W, C])', '.png', '.npy').default(
    'samples.png',
  ),
});

/** All that is asked for. */
const whole = { rank: 0, size: 1 };

/** A grid of more pictures than this is no longer something to look at. */
const mostInGrid = 10_000;

/** `mixgan sample RUN`: of a conditional GAN the classes in turn, so that a grid has a column each. */
export const sample: RunCommand<GanConfig, typeof flags> = {
  flags,
  computes: true,
  async run({ path, config: trained, checkpoint: load }, asked, context) {
    const { count: all, truncation, seed, out, shard } = asked;
    const rows = rowsOf(all, (shard === undefined ? undefined : parseShard(shard)) ?? whole);
    const count = rows.to - rows.from;
    if (count === 0) {
      throw new UsageError(
        `--shard ${shard}: of ${all} pictures this part has none; give fewer parts`,
      );
    }
    const format = extname(out).toLowerCase();
    if (format === '.png' && count > mostInGrid) {
      throw new UsageError(
        `--count ${count}: a PNG grid holds up to ${mostInGrid} pictures; write a .npy for more`,
      );
    }
    const [{ restoreGenerator }, { createSampler, drawSamples }, { writeNpy }, grid, { writePng }] =
      await Promise.all([
        import('../checkpoint.js'),
        import('../sample.js'),
        import('../../src/formats/npy.js'),
        import('../../src/image/grid.js'),
        import('../../src/image/png.js'),
      ]);
    const checkpoint = await load();
    const engine = await context.engine();
    const config = atTemperature(trained, asked);
    const { generator, imageShape, conditions } = restoreGenerator(config, checkpoint);
    const { latentDim } = config.generator;
    const sampler = createSampler(engine, generator);
    const { pixels, classes } = await drawSamples(
      sampler,
      { path, latentDim, conditions },
      { ...asked, count: all, rows },
    );
    const [height, width, channels] = imageShape;
    if (format === '.npy') {
      await writeNpy(out, grid.toBytes(pixels), [count, height, width, channels]);
    } else {
      const layout = { count, height, width, channels };
      // A column for each class; otherwise about as many as rows.
      const columns = Math.min(count, classes === undefined ? 1 : turns(classes));
      await writePng(out, grid.imageGrid(pixels, columns === 1 ? layout : { ...layout, columns }));
    }
    const shape = [count, height, width, channels];
    const shown = {
      file: out,
      count,
      ...(shard && { shard }),
      classes: classes?.names,
      temperature: config.temperature,
      truncation,
      seed,
    };
    return { document: { ...shown, step: checkpoint.step, shape }, text: () => out };
  },
};
