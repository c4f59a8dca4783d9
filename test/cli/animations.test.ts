/**
 * `mixgan interpolate` and `mixgan animate`.
 */
import { copyFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { type Picture, readPng, writePng } from '../../src/image/png.js';
import { mixgan, succeeding } from '../support/cli.js';
import { type DecodedGif, decodeGif } from '../support/gif.js';
import { set, tinyGan, trainTiny, writeIdxFolder } from './runs.js';

/** The current folder of every command: holds the run `gan`, of three steps and four pictures. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-animations-'));
  await writeIdxFolder(join(folder, 'digits'));
  const args = ['--data=digits', '--steps=3', '--out=gan', ...set({ pictureEvery: 1 })];
  await Promise.all([
    succeeding(mixgan(['train', 'gan', ...tinyGan, ...args], { cwd: folder })),
    trainTiny('classifier', 'classifier', 'digits', folder),
  ]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (line: string) => mixgan(line.split(' '), { cwd: folder });
const printed = async (line: string): Promise<string> => (await succeeding(run(line))).stdout;
const bytesOf = (name: string): Promise<Buffer> => readFile(join(folder, name));
const gifOf = async (name: string): Promise<DecodedGif> => decodeGif(await bytesOf(name));

/** One line that says what and where, and no file. */
async function expectFailure(line: string, code: number, says: RegExp): Promise<void> {
  const before = (await readdir(folder)).sort();
  const result = await run(line);
  expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
  expect(result.stderr).toMatch(/^(engine: [^\n]+\n)?mixgan: [^\n]+\n$/);
  expect(result.stderr).toMatch(says);
  expect((await readdir(folder)).sort()).toEqual(before);
}

describe('interpolate', () => {
  const small = 'interpolate gan --engine=cpu --keyframes=3 --frames=2';

  beforeAll(async () => {
    expect(await printed(`${small} --rows=2 --out=two.png`)).toBe('two.png\n');
  });

  it('draws a strip: a row for each walk, a column for each frame', async () => {
    await Promise.all([
      printed(`${small} --rows=3 --out=three.png`),
      printed(`${small} --rows=1 --seed=1 --out=other.png`),
    ]);
    const [two, three, other] = await Promise.all(
      ['two.png', 'three.png', 'other.png'].map((name) => readPng(join(folder, name))),
    );
    // Five columns and two rows of 8×8, with lines of 2 between and around them.
    expect(two).toMatchObject({ width: 52, height: 22, channels: 1 });
    expect(three).toMatchObject({ width: 52, height: 32 });
    const rows = (picture: Picture, count: number): number[] => [
      ...picture.pixels.subarray(0, 10 * count * 52),
    ];
    expect(rows(three!, 2)).toEqual(rows(two!, 2));
    expect(rows(other!, 1)).not.toEqual(rows(two!, 1));
  });

  it('animates the same walks, on and back to the first keyframe', async () => {
    const shown = JSON.parse(await printed(`${small} --rows=2 --out=walks.gif --json`)) as object;
    expect(shown).toEqual({
      file: 'walks.gif',
      walks: 4,
      frames: 6,
      keyframes: 3,
      temperature: 1.1,
      seed: 0,
      step: 3,
    });
    const gif = await gifOf('walks.gif');
    expect(gif).toMatchObject({ width: 22, height: 22, repeat: 0 });
    expect(gif.frames.map(({ delayMs }) => delayMs)).toEqual([80, 80, 80, 80, 80, 80]);
    // The first walk is that of the first row of a strip.
    const strip = await readPng(join(folder, 'two.png'));
    const image = (pixels: ArrayLike<number>, width: number, step: number, left: number) =>
      Array.from({ length: 64 }, (_, i) => {
        const [x, y] = [2 + left + (i % 8), 2 + Math.floor(i / 8)];
        return pixels[(y * width + x) * step];
      });
    for (const frame of [0, 1, 2, 3, 4]) {
      expect(image(gif.frames[frame]!.rgb, 22, 3, 0)).toEqual(
        image(strip.pixels, 52, 1, 10 * frame),
      );
    }
    const frames = new Set(gif.frames.map(({ rgb }) => rgb.join()));
    expect(frames.size).toBe(6);
  });

  it('refuses another format before it looks at the run', async () => {
    const says = /--out a\.mp4: give a name that ends in \.png or \.gif/;
    await expectFailure('interpolate nowhere --out=a.mp4', ExitCode.usage, says);
  });

  it('refuses more pictures than anybody looks at', async () => {
    const says = /--keyframes 4 --frames 8 --rows 18: 324 walks of 32 frames .*10000 pictures/;
    await expectFailure('interpolate gan --rows=18', ExitCode.usage, says);
  });

  it('refuses a walk to nowhere, a classifier, and a folder that is missing', async () => {
    await expectFailure('interpolate gan --keyframes=1', ExitCode.usage, /--keyframes .*from 2/);
    await expectFailure('interpolate classifier', ExitCode.input, /needs a gan run/);
    const says = /cannot write no\/a\.gif: the folder no does not exist/;
    await expectFailure(`${small} --rows=1 --out=no/a.gif`, ExitCode.output, says);
  });
});

describe('animate', () => {
  const pictures = [0, 1, 2, 3].map((step) => `fakes-00000${step}.png`);

  /** A copy of the run under another name, to be spoilt. */
  async function copyOfRun(name: string): Promise<(file: string) => string> {
    await cp(join(folder, 'gan'), join(folder, name), { recursive: true });
    return (file) => join(folder, name, file);
  }

  it("shows the run's pictures in order, the last one longer", async () => {
    expect(await printed('animate gan --out=t.gif')).toBe('t.gif\n');
    const gif = await gifOf('t.gif');
    expect(gif.repeat).toBe(0);
    expect(gif.frames.map(({ delayMs }) => delayMs)).toEqual([130, 130, 130, 2000]);
    for (const [i, name] of pictures.entries()) {
      const { pixels } = await readPng(join(folder, 'gan', name));
      expect(gif.frames[i]!.rgb).toEqual([...pixels].flatMap((v) => [v, v, v]));
    }
  });

  it('takes a pace, and tells of it all in JSON', async () => {
    const line = 'animate gan --out=pace.gif --fps=20 --hold=0 --json';
    expect(JSON.parse(await printed(line))).toEqual({
      file: 'pace.gif',
      frames: 4,
      steps: [0, 1, 2, 3],
    });
    const { frames } = await gifOf('pace.gif');
    expect(frames.map(({ delayMs }) => delayMs)).toEqual([50, 50, 50, 50]);
  });

  it('goes by the steps, not by the names', async () => {
    const at = await copyOfRun('long');
    await copyFile(at(pictures[1]!), at('fakes-1000000.png'));
    const line = 'animate long --out=long.gif --json';
    expect(JSON.parse(await printed(line))).toMatchObject({ steps: [0, 1, 2, 3, 1_000_000] });
  });

  it('keeps colours', async () => {
    const at = await copyOfRun('colours');
    const colours = [
      [255, 0, 0],
      [0, 0, 255],
    ];
    for (const name of pictures.slice(2)) await rm(at(name));
    for (const [i, pixels] of colours.entries()) {
      const picture = {
        width: 1,
        height: 1,
        channels: 3,
        pixels: Uint8Array.from(pixels),
      } as const;
      await writePng(at(pictures[i]!), picture);
    }
    await printed('animate colours --out=colours.gif');
    expect((await gifOf('colours.gif')).frames.map(({ rgb }) => rgb)).toEqual(colours);
  });

  it('refuses another format before it looks at the run', async () => {
    const says = /--out a\.png: give a name that ends in \.gif/;
    await expectFailure('animate nowhere --out=a.png', ExitCode.usage, says);
  });

  it('refuses a run without pictures, or with one', async () => {
    await expectFailure('animate classifier', ExitCode.input, /needs a gan run/);
    const at = await copyOfRun('short');
    for (const name of pictures.slice(1)) await rm(at(name));
    await expectFailure('animate short', ExitCode.input, /short has only one picture fakes-/);
    await rm(at(pictures[0]!));
    const none = /short has no picture fakes-NNNNNN\.png, and an animation needs two/;
    await expectFailure('animate short', ExitCode.input, none);
  });

  it('refuses what is no run', async () => {
    await expectFailure('animate digits', ExitCode.input, /digits is not the folder of a run/);
    await expectFailure('animate nowhere', ExitCode.input, /cannot read nowhere: there is no such/);
  });

  it('refuses a damaged picture', async () => {
    const at = await copyOfRun('damaged');
    await writeFile(at(pictures[2]!), (await readFile(at(pictures[2]!))).subarray(0, -20));
    const says = /damaged\/fakes-000002\.png is a PNG image that is cut off/;
    await expectFailure('animate damaged', ExitCode.input, says);
  });

  it('refuses pictures of unlike size', async () => {
    const at = await copyOfRun('unlike');
    const { width } = await readPng(at(pictures[0]!));
    const odd = { width: 3, height: 2, channels: 1, pixels: new Uint8Array(6) } as const;
    await writePng(at(pictures[3]!), odd);
    const says = new RegExp(`fakes-000003\\.png is .* 3×2×1, but fakes-000000\\.png .* ${width}×`);
    await expectFailure('animate unlike', ExitCode.input, says);
  });

  it('refuses a folder that is missing, and a pace that no GIF has', async () => {
    const says = /cannot write no\/a\.gif: the folder no does not exist/;
    await expectFailure('animate gan --out=no/a.gif', ExitCode.output, says);
    await expectFailure('animate gan --fps=51', ExitCode.usage, /--fps .*from 1 to 50/);
  });
});
