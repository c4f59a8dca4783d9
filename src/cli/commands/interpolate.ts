import { extname } from 'node:path';
import { restoreGenerator } from '../../../gan/checkpoint.js';
import { latentWalk } from '../../../gan/interpolate.js';
import { createSampler, drawLatents } from '../../../gan/sample.js';
import { UsageError } from '../../errors.js';
import { writeGif } from '../../image/gif.js';
import { imageGrid } from '../../image/grid.js';
import { type Picture, writePng } from '../../image/png.js';
import { RandomStream } from '../../random.js';
import { type EngineChoice, openEngineAloud } from '../engine.js';
import { report } from '../output.js';
import { openGanRun } from '../runs.js';

export interface InterpolateFlags {
  readonly keyframes: number;
  readonly frames: number;
  readonly rows: number;
  readonly seed: number;
  readonly out: string;
  readonly engine: EngineChoice;
  readonly json?: boolean;
}

/** More pictures than this are no longer something to look at. */
const mostPictures = 10_000;

/** How long the GIF shows a frame: quick enough to look like movement. */
const delayMs = 80;

/** `mixgan interpolate RUN`: a PNG has a walk in each row, a GIF all walks at once, in a loop. */
export async function interpolate(path: string, flags: InterpolateFlags): Promise<void> {
  const { keyframes, frames: framesPerStep, rows, seed, out } = flags;
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
  const engine = await openEngineAloud(flags.engine);
  const { generator, imageShape } = restoreGenerator(config, checkpoint);
  const { latentDim } = config.generator;
  const random = RandomStream.fromSeed(seed).split('interpolate');
  // Each walk has a stream of its own, so that fewer rows of a strip are the first of more.
  const latents = Array.from({ length: walks }, (_, walk) =>
    latentWalk(drawLatents(random.split(walk), keyframes, latentDim), {
      latentDim,
      framesPerStep,
      closed,
    }),
  );

  const sample = createSampler(engine, generator);
  const [height, width] = imageShape;
  const channels = imageShape[2] === 1 ? 1 : 3;
  const draw = async (chosen: readonly Float32Array[], columns: number): Promise<Picture> => {
    const pixels = await sample(concatenated(chosen));
    const count = pixels.length / (height * width * channels);
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
  const shown = { file: out, walks, frames, keyframes, seed, step: checkpoint.step };
  report(flags.json, shown, () => out);
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
