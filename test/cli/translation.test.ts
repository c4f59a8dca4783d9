import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOrt } from '../../src/compile/runtime/node/session.js';
import { ExitCode } from '../../src/errors.js';
import { readPng, writePng } from '../../src/image/png.js';
import { mixgan, succeeding } from '../support/cli.js';
import { set } from './runs.js';

const tiny = [
  '--engine=cpu',
  ...set({
    batchSize: 2,
    ...{ 'generator.channels': 2, 'generator.halvings': 1, 'generator.numBlocks': 1 },
    ...{ 'generator.tokenDim': 2, 'generator.channelDim': 2 },
    ...{ 'discriminator.channels': 4, 'discriminator.numBlocks': 0 },
    ...{ poolSize: 3, logEvery: 1 },
  }),
];

let cwd: string;
const printed = async (...args: string[]) => (await succeeding(mixgan(args, { cwd }))).stdout;
const json = async (...args: string[]) => JSON.parse(await printed(...args, '--json'));

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'mixgan-cli-translation-'));
  for (const [domain, ink] of [
    ['dots', 200],
    ['bars', 90],
  ] as const) {
    const folder = join(cwd, 'pictures', domain);
    await mkdir(folder, { recursive: true });
    for (let i = 0; i < 10; i++) {
      const pixels = Uint8Array.from({ length: 192 }, (_, at) =>
        (at * (i + 3)) % 7 < 3 ? ink : 20 * i,
      );
      await writePng(join(folder, `${i}.png`), { width: 8, height: 8, channels: 3, pixels });
    }
  }
  await printed(
    ...['train', 'translation', ...tiny, '--data=pictures', '--image-size=8'],
    ...['--steps=2', '--out=run'],
  );
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('a run of a translation', () => {
  it('has pictures, metrics and a checkpoint, and goes on', async () => {
    expect(await readdir(join(cwd, 'run'))).toEqual(
      expect.arrayContaining(['checkpoint', 'fakes-000000.png', 'fakes-000002.png', 'reals.png']),
    );
    await printed('train', 'translation', '--resume=run', '--steps=3', '--engine=cpu');
    const lines = (await readFile(join(cwd, 'run/metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(3);
  });

  it('translates files, whatever their size, in either direction', async () => {
    const big = {
      width: 20,
      height: 16,
      channels: 1,
      pixels: new Uint8Array(320).fill(99),
    } as const;
    await writePng(join(cwd, 'big.png'), big);
    const files = ['pictures/dots/0.png', 'big.png'];
    const document = await json(
      'translate',
      'run',
      ...files,
      '--to=a',
      '--out=to-a',
      '--engine=cpu',
    );
    expect(document).toMatchObject({ to: 'a', domain: 'bars', shape: [8, 8, 3] });
    expect(await readdir(join(cwd, 'to-a'))).toEqual(['0.png', 'big.png']);
    expect(await readPng(join(cwd, 'to-a/big.png'))).toMatchObject({ width: 8, channels: 3 });
    await printed('translate', 'run', ...files, '--to=b', '--out=to-b', '--engine=cpu');
    const [a, b] = await Promise.all(
      ['to-a/0.png', 'to-b/0.png'].map((name) => readPng(join(cwd, name))),
    );
    expect(a!.pixels).not.toEqual(b!.pixels);
  });

  it('refuses files that would become one, that are none, and other shapes', async () => {
    const refused = (...args: string[]) => mixgan(['translate', 'run', ...args], { cwd });
    const twice = await refused('pictures/dots/0.png', 'pictures/bars/0.png');
    expect(twice).toMatchObject({ code: ExitCode.usage, stdout: '' });
    expect(twice.stderr).toContain('would both become translated/0.png');
    const missing = await refused('pictures/dots/0.png', 'nothing.png', '--out=never');
    expect(missing.code).toBe(ExitCode.input);
    expect(await readdir(cwd)).not.toContain('never');
    const other = await mixgan(['sample', 'run', '--count=3'], { cwd });
    expect(other).toMatchObject({ code: ExitCode.usage });
    expect(other.stderr).toContain('--count is for runs of a GAN');
  });

  it('is sampled, measured, compared and reported', async () => {
    await printed('sample', 'run', '--rows=2', '--out=grid.png', '--engine=cpu');
    expect(await readPng(join(cwd, 'grid.png'))).toMatchObject({ width: 62, height: 22 });
    const document = await json('evaluate', 'run', '--against=run', '--save', '--engine=cpu');
    expect(document.aToB).toMatchObject({ from: 'bars', to: 'dots', images: 2, extractors: [] });
    expect(document.against.bToA.change).toBe(document.bToA.change);
    const text = await printed('evaluate', 'run', '--engine=cpu');
    expect(text).toMatch(/^bars to dots, 2 held-out images$/m);
    expect(text).toMatch(/over one with noise of 4 grey levels +0\.\d{4}/);
    await printed('report', 'run');
    const page = await readFile(join(cwd, 'run/report.html'), 'utf8');
    expect(page).toContain('Distance of what comes back');
    expect(page).toContain('bars to dots');
  });

  it('is exported in both directions, pixels to pixels', async () => {
    for (const to of ['a', 'b']) {
      for (const [format, out] of [
        ['onnx', `${to}.onnx`],
        ['tfjs', `${to}-tfjs`],
        ['safetensors', `${to}.safetensors`],
      ] as const) {
        const { inputs } = await json(
          ...['export', 'run', '--to', to, '--format', format, '--out', out],
        );
        expect(inputs).toEqual([{ name: 'image', dtype: 'float32', shape: ['batch', 8, 8, 3] }]);
      }
    }
    const ort = await loadOrt();
    const session = await ort.InferenceSession.create(join(cwd, 'a.onnx'));
    const { pixels } = await readPng(join(cwd, 'pictures/dots/0.png'));
    const image = new ort.Tensor('float32', Float32Array.from(pixels), [1, 8, 8, 3]);
    const { translated } = await session.run({ image });
    await printed(
      'translate',
      'run',
      'pictures/dots/0.png',
      '--to=a',
      '--out=again',
      '--engine=cpu',
    );
    const drawn = await readPng(join(cwd, 'again/0.png'));
    (translated!.data as Float32Array).forEach((value, i) => {
      expect(Math.abs(value - drawn.pixels[i]!)).toBeLessThan(0.51);
    });
  });
});

it('one domain alone is refused before a folder is made', async () => {
  const { code, stderr } = await mixgan(
    ['train', 'translation', ...tiny, '--data=pictures/dots', '--out=never'],
    { cwd },
  );
  expect(code).toBe(ExitCode.input);
  expect(stderr).toContain('has no classes, and translation needs two domains');
  expect(await readdir(cwd)).not.toContain('never');
});
