import { extname } from 'node:path';
import { restoreGenerator } from '../../../gan/checkpoint.js';
import { latentWalk } from '../../../gan/interpolate.js';
import { createSampler, drawLatents } from '../../../gan/sample.js';
import { joined } from '../../arrays.js';
import { UsageError } from '../../errors.js';
import { writeGif } from '../../image/gif.js';
import { imageGrid } from '../../image/grid.js';
import { type Picture, writePng } from '../../image/png.js';
import { RandomStream } from '../../random.js';
import { askedClasses, inTurn } from '../classes.js';
import { type EngineFlags, openEngineAloud } from '../engine.js';
import { report } from '../output.js';
import { openGanRun } from '../runs.js';

export interface InterpolateFlags extends EngineFlags {
  readonly keyframes: number;
  readonly frames: number;
  readonly rows: number;
  readonly class?: string;
  readonly truncation?: number;
  readonly seed: number;
  readonly out: string;
  readonly json?: boolean;
}

/** More pictures than this are no longer something to look at. */
const mostPictures = 10_000;

/** How long the GIF shows a frame: quick enough to look like movement. */
const delayMs = 80;

/**
 * `mixgan interpolate RUN`: a PNG has a walk in each row, a GIF all walks at once, in a loop. Of a
 * conditional GAN each row keeps to one class.
 */
export async function interpolate(path: string, flags: InterpolateFlags): Promise<void> {
  const { keyframes, frames: framesPerStep, rows, truncation, seed, out } = flags;
  const format = extname(out).toLowerCase();
  if (format !== '.png' && format !== '.gif') {
    throw new UsageError(`--out ${out}: give a name that ends in .png or .gif`);
  }
  const closed = format === '.gif';
  const walks = closed ? rows ** 2 : rows;
  const frames = closed ? keyframes * framesPerStep : (keyframes - 1) * framesPerStep + 1;
  if (walks * frames > mostPictures) {
    throw new UsageError(
      `--keyframes ${keyframes} --frames ${framesPerStep} --rows ${rows}: ${walks} walks of ${frames} frames are more than ${mostPictures} pictures; give fewer`,
    );
  }

  const { config, checkpoint } = await openGanRun(path);
  const engine = await openEngineAloud(flags);
  const { generator, imageShape, classNames } = restoreGenerator(config, checkpoint);
  const classes = askedClasses(path, classNames, flags.class);
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
    const pixels = await sample(latents, classes && inTurn(classes, count, columns));
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
    await writeGif(out, grids, { width, height, channels, delayMs });
  } else {
    await writePng(out, await draw(latents, frames));
  }
  const shown = { file: out, walks, frames, keyframes, classes: classes?.names, truncation, seed };
  report(flags.json, { ...shown, step: checkpoint.step }, () => out);
}
