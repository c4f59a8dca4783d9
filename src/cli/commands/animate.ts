import { basename, extname } from 'node:path';
import { InputError, UsageError } from '../../errors.js';
import { writeGif } from '../../image/gif.js';
import { type Picture, readPng } from '../../image/png.js';
import { openRun } from '../../train/run-folder.js';
import { report } from '../output.js';

export interface AnimateFlags {
  readonly out: string;
  /** Pictures a second. */
  readonly fps: number;
  /** Seconds that the last picture is shown. */
  readonly hold: number;
  readonly json?: boolean;
}

/** `mixgan animate RUN`: the pictures drawn in training, all from the same latents, in order. */
export async function animate(path: string, flags: AnimateFlags): Promise<void> {
  const { out, fps, hold } = flags;
  if (extname(out).toLowerCase() !== '.gif') {
    throw new UsageError(`--out ${out}: give a name that ends in .gif`);
  }
  const { run } = await openRun(path);
  const steps = await run.stepsOfFakes();
  if (steps.length < 2) {
    const found = steps.length === 0 ? 'no picture' : 'only one picture';
    throw new InputError(
      `${path} has ${found} fakes-NNNNNN.png, and an animation needs two; give a gan run that was trained for longer`,
    );
  }
  const { frames, ...size } = await readFrames(steps.map((step) => run.fakesPath(step)));
  const delay = 1000 / fps;
  const delayMs = steps.map((_, i) =>
    i === steps.length - 1 ? Math.max(delay, 1000 * hold) : delay,
  );
  await writeGif(out, frames, { ...size, delayMs });
  report(flags.json, { file: out, frames: steps.length, steps }, () => out);
}

interface Frames {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly frames: readonly Uint8Array[];
}

/** @throws InputError where a picture is missing or damaged, or they are not of one kind */
async function readFrames(paths: readonly string[]): Promise<Frames> {
  const pictures: Picture[] = [];
  for (const path of paths) pictures.push(await readPng(path));
  const { width, height, channels } = pictures[0]!;
  if (channels !== 1 && channels !== 3) {
    throw new InputError(`${paths[0]} has transparent parts; restore it as training drew it`);
  }
  const odd = pictures.findIndex((picture) => sizeOf(picture) !== sizeOf(pictures[0]!));
  if (odd >= 0) {
    throw new InputError(
      `${paths[odd]} is a picture of ${sizeOf(pictures[odd]!)}, but ${basename(paths[0]!)} is one of ${sizeOf(pictures[0]!)}; remove the one that is not of this run`,
    );
  }
  return { width, height, channels, frames: pictures.map(({ pixels }) => pixels) };
}

const sizeOf = ({ width, height, channels }: Picture): string => `${width}×${height}×${channels}`;
