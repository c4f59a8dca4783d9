import { basename } from 'node:path';
import { z } from 'zod';
import { wholeNumber } from '../../src/config/numbers.js';
import { InputError } from '../../src/errors.js';
import type { RunCommand } from '../../src/family/family.js';
import { outFlag } from '../../src/family/flags.js';
import { writeGif } from '../../src/image/gif.js';
import { type Picture, readPng } from '../../src/image/png.js';
import type { GanConfig } from '../config.js';

const flags = z.strictObject({
  out: outFlag('FILE.gif', '.gif').default('training.gif'),
  fps: wholeNumber(1, 50).default(8).describe('pictures a second'),
  hold: wholeNumber(0, 600).default(2).meta({
    description: 'how long the last picture is shown',
    flag: 'SECONDS',
  }),
});

/** `mixgan animate RUN`: the pictures drawn in training, all from the same latents, in order. */
export const animate: RunCommand<GanConfig, typeof flags> = {
  flags,
  computes: false,
  async run({ path, run }, { out, fps, hold }) {
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
    return { document: { file: out, frames: steps.length, steps }, text: () => out };
  },
};

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
