/**
 * Classes and architectures of a GAN on the command line.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dcganRecipe, ganPresets } from '../../gan/presets.js';
import { ExitCode } from '../../src/errors.js';
import { type Picture, readPng } from '../../src/image/png.js';
import { mixgan, succeeding } from '../support/cli.js';
import { idxImages, set, tinyGan, trainTiny, writeIdxFolder } from './runs.js';

/** The current folder of every command: holds the runs `plain`, `classes` and `dcgan`. */
let folder: string;

const run = (line: string) => mixgan(line.split(' '), { cwd: folder });
const json = async (line: string): Promise<Record<string, unknown>> =>
  JSON.parse((await succeeding(run(`${line} --json`))).stdout) as Record<string, unknown>;
const npyPixels = (file: Buffer): Buffer => file.subarray(10 + file.readUInt16LE(8));
const pixelsOf = async (name: string): Promise<Buffer> =>
  npyPixels(await readFile(join(folder, name)));

const tinyDcgan = set({
  batchSize: 4,
  'generator.channels': [4, 4],
  'discriminator.channels': [4, 4],
  logEvery: 1,
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-conditional-'));
  await writeIdxFolder(join(folder, 'digits'));
  await writeIdxFolder(join(folder, 'bare'), idxImages(), null);
  const conditional = ['--data=digits', '--steps=2', '--conditional', '--engine=cpu'];
  await Promise.all([
    trainTiny('gan', 'plain', 'digits', folder),
    succeeding(
      mixgan(['train', 'gan', ...tinyGan, ...conditional, '--out=classes'], { cwd: folder }),
    ),
    succeeding(
      mixgan(['train', 'gan', '--arch=dcgan', ...tinyDcgan, ...conditional, '--out=dcgan'], {
        cwd: folder,
      }),
    ),
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.concurrent('sample', () => {
  const sample = 'sample classes --engine=cpu';

  it('draws the classes in turn, a column each, or the one that is asked for', async () => {
    const all = await json(`${sample} --count=20 --out=all.png`);
    expect(all).toEqual({
      file: 'all.png',
      count: 20,
      temperature: 1.1,
      classes: [...'0123456789'],
      seed: 0,
      step: 2,
      shape: [20, 8, 8, 1],
    });
    expect(await readPng(join(folder, 'all.png'))).toMatchObject({ width: 102, height: 22 });
    await json(`${sample} --count=20 --out=all.npy`);
    expect(await json(`${sample} --count=16 --class=3 --out=3.npy`)).toMatchObject({
      classes: ['3'],
    });
    await json(`${sample} --count=16 --class=3 --out=3.png`);
    expect(await readPng(join(folder, '3.png'))).toMatchObject({ width: 42, height: 42 });
    const [inTurn, threes] = await Promise.all([pixelsOf('all.npy'), pixelsOf('3.npy')]);
    const image = (pixels: Buffer, i: number) => [...pixels.subarray(64 * i, 64 * i + 64)];
    for (const i of [3, 13]) expect(image(inTurn, i)).toEqual(image(threes, i));
    expect(image(inTurn, 4)).not.toEqual(image(threes, 4));
  });

  it('keeps latents within limits', async () => {
    const plain = 'sample plain --engine=cpu --count=3';
    expect(await json(`${plain} --truncation=0.5 --out=typical.npy`)).toMatchObject({
      truncation: 0.5,
    });
    await json(`${plain} --out=any.npy`);
    expect(await pixelsOf('typical.npy')).not.toEqual(await pixelsOf('any.npy'));
  });
});

describe('a temperature', () => {
  it('is that of the run, or another', async () => {
    const plain = 'sample plain --engine=cpu --count=3';
    expect(await json(`${plain} --out=own.npy`)).toMatchObject({ temperature: 1.1 });
    expect(await json(`${plain} --temperature=3 --out=warm.npy`)).toMatchObject({ temperature: 3 });
    const walk = 'interpolate plain --engine=cpu --keyframes=2 --frames=1 --rows=1';
    expect(await json(`${walk} --temperature=3 --out=walk.png`)).toMatchObject({ temperature: 3 });
    expect(await pixelsOf('warm.npy')).not.toEqual(await pixelsOf('own.npy'));
  });
});

describe('interpolate', () => {
  it('keeps a row to one class', async () => {
    const strip = 'interpolate classes --engine=cpu --keyframes=2 --frames=1';
    expect(await json(`${strip} --rows=11 --out=rows.png`)).toMatchObject({
      walks: 11,
      classes: [...'0123456789'],
    });
    expect(await json(`${strip} --rows=11 --class=1 --truncation=9 --out=ones.png`)).toMatchObject({
      classes: ['1'],
      truncation: 9,
    });
    const [rows, ones] = await Promise.all(
      ['rows.png', 'ones.png'].map((name) => readPng(join(folder, name))),
    );
    const row = ({ pixels, width }: Picture, i: number) => [
      ...pixels.subarray(10 * i * width, 10 * (i + 1) * width),
    ];
    expect(row(rows!, 1)).toEqual(row(ones!, 1));
    expect(row(rows!, 0)).not.toEqual(row(ones!, 0));
    expect(row(rows!, 10)).not.toEqual(row(ones!, 10));
  });
});

describe('export', () => {
  it.each([
    ['classes', 'tfjs', 4],
    ['dcgan', 'onnx', 64],
  ])('gives a generator with labels both inputs: %s as %s', async (name, format, latentDim) => {
    const { inputs } = await json(`export ${name} --format=${format} --out=${name}.${format}`);
    expect(inputs).toEqual([
      { name: 'latent', dtype: 'float32', shape: ['batch', latentDim] },
      { name: 'label', dtype: 'float32', shape: ['batch', 10] },
    ]);
  });
});

describe.concurrent('train gan --dry-run', () => {
  const dry = 'train gan --dry-run';

  it('takes an architecture first, then a file, then --set', async () => {
    const base = ganPresets['mnist-quick']!;
    const dcgan = JSON.parse(JSON.stringify({ ...base, ...dcganRecipe })) as object;
    expect(await json(dry)).toEqual(base);
    expect(await json(`${dry} --arch=mixer --conditional`)).toEqual({ ...base, conditional: true });
    expect(await json(`${dry} --arch=dcgan`)).toEqual(dcgan);
    const file = { emaDecay: 0.5, generator: { channels: [8, 4] }, loss: 'hinge' };
    await writeFile(join(folder, 'c.json'), JSON.stringify(file));
    const args = '--arch=dcgan --config=c.json --set loss=non-saturating';
    expect(await json(`${dry} ${args}`)).toEqual({
      ...dcgan,
      emaDecay: 0.5,
      generator: { ...dcganRecipe.generator, channels: [8, 4] },
      loss: 'non-saturating',
    });
  });
});

describe.concurrent('one line refuses', () => {
  it.each<[string, string, number, RegExp]>([
    [
      'a class of a GAN without classes',
      'sample plain --class=3',
      ExitCode.usage,
      /--class 3: plain knows no classes; give a run of "mixgan train gan --conditional"/,
    ],
    [
      'a class of a walk without classes',
      'interpolate plain --class=3',
      ExitCode.usage,
      /--class 3: plain knows no classes/,
    ],
    [
      'a class that is not there',
      'sample classes --class=10',
      ExitCode.usage,
      /--class 10: classes has no such class; it has 0, 1, .*, 9$/m,
    ],
    ['a temperature of nothing', 'sample plain --temperature=0', ExitCode.usage, /greater than 0/],
    ['a truncation of nothing', 'sample plain --truncation=0', ExitCode.usage, /greater than 0/],
    [
      'classes of images without labels',
      'train gan --conditional --data=bare',
      ExitCode.input,
      /images but no labels; a conditional GAN needs them/,
    ],
    ['an unknown architecture', 'train gan --arch=vit', ExitCode.usage, /'vit'.*mixer, dcgan/],
    [
      'a resumption as something else',
      'train gan --resume=plain --arch=dcgan --conditional',
      ExitCode.usage,
      /cannot be combined with --arch, --conditional/,
    ],
    [
      'convolutions that do not divide the images',
      'train gan --arch=dcgan --data=digits --set generator.channels=[4,4,4,4]',
      ExitCode.usage,
      /multiples of 16, not 8×8; change generator\.channels/,
    ],
  ])('%s', async (_, line, code, says) => {
    const result = await run(line.startsWith('train') ? line : `${line} --engine=cpu`);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
    expect(result.stderr).toMatch(/^(engine: [^\n]+\n)?mixgan: [^\n]+\n$/);
    expect(result.stderr).toMatch(says);
    expect(await readdir(folder)).not.toContain('runs');
  });
});
