import { extname } from 'node:path';
import { z } from 'zod';
import { joined } from '../../src/arrays.js';
import { wholeNumber } from '../../src/config/numbers.js';
import { UsageError } from '../../src/errors.js';
import type { RunCommand } from '../../src/family/family.js';
import { outFlag, seedFlag } from '../../src/family/flags.js';
import type { Picture } from '../../src/image/png.js';
import { RandomStream } from '../../src/random.js';
import { askedCondition, labelsInTurn } from '../condition.js';
import { atTemperature, type GanConfig } from '../config.js';
import { latentWalk } from '../interpolate.js';
import { classFlag, temperatureFlag, truncationFlag } from './flags.js';

const flags = z.strictObject({
  keyframes: wholeNumber(2).default(4).describe('latents drawn for each walk'),
  frames: wholeNumber(1).default(8).describe('frames from one keyframe to the next'),
  rows: wholeNumber(1).default(8).describe('walks in a PNG, one a row; a GIF has R × R'),
  ...classFlag('a class a row'),
  ...temperatureFlag,
  ...truncationFlag,
  ...seedFlag,
  out: outFlag('FILE.png (a strip) or FILE.gif (endless)', '.png', '.gif').default(
    'interpolation.gif',
  ),
});

/** More pictures than this are no longer something to look at. */
const mostPictures = 10_000;

/** How long the GIF shows a frame: quick enough to look like movement. */
const delayMs = 80;

/**
 * `mixgan interpolate RUN`: a PNG has a walk in each row, a GIF all walks at once, in a loop. Of a
 * conditional GAN each row keeps to one class.
 */
export const interpolate: RunCommand<GanConfig, typeof flags> = {
  flags,
  computes: true,
  async run({ path, config: trained, checkpoint: load }, asked, context) {
    const { keyframes, frames: framesPerStep, rows, truncation, seed, out } = asked;
    const format = extname(out).toLowerCase();
    const closed = format === '.gif';
    const walks = closed ? rows ** 2 : rows;
    const frames = closed ? keyframes * framesPerStep : (keyframes - 1) * framesPerStep + 1;
    if (walks * frames > mostPictures) {
      throw new UsageError(
        `--keyframes ${keyframes} --frames ${framesPerStep} --rows ${rows}: ${walks} walks of ${frames} frames are more than ${mostPictures} pictures; give fewer`,
      );
    }

    const [{ restoreGenerator }, { createSampler, drawLatents }, gif, { imageGrid }, { writePng }] =
      await Promise.all([
        import('../checkpoint.js'),
        import('../sample.js'),
        import('../../src/image/gif.js'),
        import('../../src/image/grid.js'),
        import('../../src/image/png.js'),
      ]);
    const checkpoint = await load();
    const engine = await context.engine();
    const config = atTemperature(trained, asked);
    const { generator, imageShape, conditions } = restoreGenerator(config, checkpoint);
    const classes = askedCondition(path, conditions, asked.class);
    const { latentDim } = config.generator;
    const random = RandomStream.fromSeed(seed).split('interpolate');
    // Each walk has a stream of its own, so that fewer rows of a strip are the first of more.
    const latents = Array.from({ length: walks }, (_, walk) =>
      latentWalk(drawLatents(random.split(walk), keyframes, latentDim, truncation), {
        latentDim,
        framesPerStep,
        closed,
      }),
    );

    const sample = createSampler(engine, generator);
    const [height, width] = imageShape;
    const channels = imageShape[2] === 1 ? 1 : 3;
    const draw = async (chosen: readonly Float32Array[], columns: number): Promise<Picture> => {
      const latents = joined(chosen);
      const count = latents.length / latentDim;
      const labels = classes && labelsInTurn(classes, count, random.split('labels'), columns);
      const pixels = await sample(latents, labels);
      return imageGrid(pixels, { count, height, width, channels, columns });
    };
    if (closed) {
      const pictures: Picture[] = [];
      for (let frame = 0; frame < frames; frame++) {
        const at = frame * latentDim;
        const now = latents.map((walk) => walk.subarray(at, at + latentDim));
        pictures.push(await draw(now, rows));
      }
      const { width, height } = pictures[0]!;
      const grids = pictures.map(({ pixels }) => pixels);
      await gif.writeGif(out, grids, { width, height, channels, delayMs });
    } else {
      await writePng(out, await draw(latents, frames));
    }
    const shown = {
      file: out,
      walks,
      frames,
      keyframes,
      classes: classes?.names,
      temperature: config.temperature,
      truncation,
      seed,
    };
    return { document: { ...shown, step: checkpoint.step }, text: () => out };
  },
};
