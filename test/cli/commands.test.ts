import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifierPresets } from '../../classifier/presets.js';
import { ganPresets } from '../../gan/presets.js';
import packageJson from '../../package.json' with { type: 'json' };
import { loadMnistPackage } from '../../src/data/mnist-package.js';
import type { Diagnosis } from '../../src/engine/doctor.js';
import { ExitCode } from '../../src/errors.js';
import { readPng, writePng } from '../../src/image/png.js';
import { mixgan, succeeding } from '../support/cli.js';
import { set, tinyGan, trainTiny, writeIdxFolder } from './runs.js';

/** The current folder of every command: holds `digits` (IDX files of 8×8 images) and some runs. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-commands-'));
  await writeIdxFolder(join(folder, 'digits'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a command prints that is meant to succeed. */
const printed = async (...args: string[]): Promise<string> =>
  (await succeeding(mixgan(args, { cwd: folder }))).stdout;

/** The one JSON document that `--json` prints. */
async function json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const text = await printed(...args, '--json');
  expect(text).toMatch(/^[[{][\s\S]*[\]}]\n$/);
  return JSON.parse(text) as T;
}

describe.concurrent('help', () => {
  const train = [
    ...['--preset', '--data', '--engine', '--out', '--seed', '--steps', '--minutes', '--resume'],
    ...['--config', '--set', '--dry-run', '--tensorboard', '--mpi', '--json'],
  ];
  const flags: Record<string, string[]> = {
    train: ['classifier', 'gan', 'translation'],
    'train classifier': [...train, '--arch', '--image-size', '--finetune', '--new-head'],
    'train gan': [...train, '--arch', '--image-size', '--conditional'],
    'train translation': [...train, '--arch', '--image-size'],
    translate: ['<run>', '<files...>', '--to', '--out', '--engine', '--json'],
    sample: [
      '<run>',
      '--rows',
      '--count',
      '--class',
      '--truncation',
      '--seed',
      '--out',
      '--engine',
      '--json',
    ],
    interpolate: [
      ...['<run>', '--keyframes', '--frames', '--rows', '--class', '--truncation', '--seed'],
      ...['--out', '--engine'],
    ],
    animate: ['<run>', '--out', '--fps', '--hold', '--json'],
    evaluate: [
      ...['<run>', '--data', '--against', '--extractor', '--best', '--views', '--save', '--engine'],
      ...['--train-extractor', '--reader-a', '--reader-b', '--json'],
    ],
    predict: ['<run>', '<files...>', '--best', '--views', '--engine', '--json'],
    export: ['<run>', '--format', '--names', '--pixels', '--out', '--best', '--json'],
    import: [
      ...['<file>', '--format', '--preset', '--classes', '--head', '--image-size', '--resample'],
      ...['--pixels', '--data', '--out', '--json'],
    ],
    merge: ['<files...>', '--out', '--json'],
    sweep: ['<file>', '--index', '--list', '--minutes', '--engine', '--threads', '--json'],
    report: ['<runs...>', '--metric', '--data', '--out', '--engine', '--json'],
    experiment: ['permutation'],
    'experiment permutation': [
      ...['--archs', '--steps', '--seeds', '--data', '--out', '--resume', '--engine', '--json'],
    ],
    summary: ['[preset]', '--json'],
    examine: ['<run>', '--data', '--out', '--engine', '--json'],
    studio: ['--port', '--open'],
    doctor: ['--json'],
    bench: ['--workload', '--engine', '--steps', '--json'],
  };

  it.each(Object.entries(flags))('%s', async (command, wanted) => {
    const { code, stdout, stderr } = await mixgan([...command.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: mixgan ${command} `));
    for (const flag of wanted) expect(stdout).toContain(flag);
  });

  it.each(['classifier', 'gan', 'translation'])(
    'of train %s lists every key of its configuration',
    async (kind) => {
      const [help, config] = [
        await printed('train', kind, '--help'),
        await json('train', kind, '--dry-run'),
      ];
      const pathsOf = (value: unknown, path: string): string[] => {
        if (Array.isArray(value) && typeof value[0] === 'object')
          return pathsOf(value[0], `${path}.N`);
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
        return Object.entries(value).flatMap(([key, child]) => pathsOf(child, `${path}.${key}`));
      };
      const { kind: _, preset: __, ...keys } = config;
      for (const path of pathsOf(keys, '')) expect(help).toContain(` ${path.slice(1)} = `);
      const interval = kind === 'translation' ? 'pictureEvery' : 'evaluateEvery';
      expect(help).toMatch(new RegExp(`${interval} = \\d+ +whole number from \\d; steps between`));
    },
  );

  it('lists every command, and what the exit codes mean', async () => {
    const text = await printed('--help');
    const commands = [...text.matchAll(/^ {2}(\w+) .*/gm)].map(([, name]) => name);
    const known = Object.keys(flags).filter((command) => !command.includes(' '));
    expect(commands.sort()).toEqual([...known, 'help'].sort());
    for (const code of Object.values(ExitCode)) expect(text).toMatch(new RegExp(`\\b${code}\\b`));
  });

  it('is what a command line without a command gets, and that is an error', async () => {
    const { code, stdout, stderr } = await mixgan([]);
    expect({ code, stdout }).toEqual({ code: ExitCode.usage, stdout: '' });
    expect(stderr).toMatch(/^Usage: mixgan /);
  });

  it('tells the version of the package', async () => {
    expect(await printed('--version')).toBe(`${packageJson.version}\n`);
  });

  it('shows where an error comes from when asked to', async () => {
    const { code, stderr } = await mixgan(['--debug', 'summary', 'S/15']);
    expect(code).toBe(ExitCode.usage);
    expect(stderr).toMatch(/^mixgan: .*\n[\s\S]*\n {4}at /);
  });
});

describe.concurrent('summary', () => {
  it('lists the layers of a model', async () => {
    const { parameters, flops, layers } = await json<Summary>('summary', 'S/16');
    expect(parameters).toBe(18_528_264);
    expect(layers.reduce((sum, layer) => sum + layer.parameters, 0)).toBe(parameters);
    // The paper's table 1 counts 3.8 billion multiply-adds.
    expect(flops / 2e9).toBeCloseTo(3.8, 1);
    const stem = layers.find(({ name }) => name === 'stem/conv');
    expect(stem).toEqual({
      name: 'stem/conv',
      type: 'Conv2D',
      outputShape: [null, 14, 14, 512],
      parameters: 16 * 16 * 3 * 512 + 512,
      trainable: 16 * 16 * 3 * 512 + 512,
      flops: 2 * 16 * 16 * 3 * 512 * 14 * 14,
    });
  });

  it('lists both models of a GAN', async () => {
    const { parameters, layers } = await json<Summary>('summary', 'mnist');
    const sum = (prefix: string) =>
      layers.filter(({ name }) => name.startsWith(prefix)).reduce((n, l) => n + l.parameters, 0);
    expect(sum('generator/')).toBeGreaterThan(0);
    expect(sum('discriminator/')).toBeGreaterThan(0);
    expect(sum('generator/') + sum('discriminator/')).toBe(parameters);
  });

  it('lists the presets', async () => {
    const presets = await json<{ name: string; what: string; parameters: number }[]>('summary');
    const names = presets.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['digits-quick', 'mnist-quick', 'mnist', 'B/32', 'cifar10-article', 'resmlp-12'],
      ]),
    );
    expect(presets.find(({ name }) => name === 'B/32')).toMatchObject({ parameters: 60_293_428 });
    const text = await printed('summary');
    for (const name of names) expect(text).toContain(`\n${name} `);
  });
});

interface Summary {
  readonly parameters: number;
  readonly flops: number;
  readonly layers: readonly { name: string; outputShape: number[]; parameters: number }[];
}

describe.concurrent('doctor and bench', () => {
  it('doctor tells of every engine whether it loads, and why', async () => {
    const { auto, node, cores, engines } = await json<Diagnosis>('doctor');
    expect(node).toBe(process.version);
    expect(cores).toBeGreaterThan(0);
    for (const { name, loads, why, devices } of engines) {
      expect([name, devices.length > 0]).toEqual([name, loads]);
      expect(why, name).toMatch(/\S/);
    }
    expect(engines.at(-1)).toMatchObject({ name: 'cpu', loads: true });
    expect(auto).toBe(engines.find(({ loads }) => loads)!.name);
  });

  it('bench times a workload', async () => {
    const args = ['--workload', 'predict', '--engine', 'wasm', '--steps', '1'];
    const [result, ...others] = await json<Record<string, number>[]>('bench', ...args);
    expect(others).toEqual([]);
    expect(result).toMatchObject({ workload: 'predict', engine: 'wasm', steps: 1 });
    const { msPerStep, minMsPerStep, maxMsPerStep, imagesPerSecond, gflopsPerSecond } = result!;
    expect(msPerStep).toBeGreaterThan(0);
    expect([minMsPerStep, maxMsPerStep]).toEqual([msPerStep, msPerStep]);
    expect(imagesPerSecond).toBeCloseTo(1000 / msPerStep!);
    expect(gflopsPerSecond).toBeGreaterThan(0);
  });
});

describe.concurrent('train --dry-run', () => {
  it('prints the resolved configuration and makes nothing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'mixgan-dry-'));
    const run = (...args: string[]) =>
      succeeding(mixgan(['train', 'gan', '--dry-run', ...args], { cwd: empty }));
    const { stdout, stderr } = await run();
    expect(JSON.parse(stdout)).toEqual(ganPresets['mnist-quick']);
    expect(stderr).toBe('');
    expect(await readdir(empty)).toEqual([]);

    // A file changes the preset, --set the file, a flag all of them.
    const file = { seed: 1, steps: 1, batchSize: 1, penalty: { gamma: 1 } };
    await writeFile(join(empty, 'c.json'), JSON.stringify(file));
    const changes = ['--config=c.json', ...set({ seed: 2, steps: 2 }), '--steps=3'];
    const changed = await run('--preset=mnist', ...changes);
    const { mnist } = ganPresets;
    const resolved = {
      ...mnist,
      ...{ seed: 2, steps: 3, batchSize: 1, penalty: { ...mnist!.penalty, gamma: 1 } },
    };
    expect(JSON.parse(changed.stdout)).toEqual(resolved);

    // What is printed can be given back.
    await writeFile(join(empty, 'c.json'), changed.stdout);
    expect((await run('--config=c.json')).stdout).toBe(changed.stdout);
    await rm(empty, { recursive: true });
  });

  it('sets keys that no preset has', async () => {
    const { model, imageSize } = await json(
      ...['train', 'classifier', '--dry-run', '--set', 'model.gelu=tanh', '--set', 'imageSize=14'],
    );
    expect(model).toMatchObject({ arch: 'mixer', channels: 64, gelu: 'tanh' });
    expect(imageSize).toBe(14);
  });

  it('changes the architecture with one key, and keeps what both have', async () => {
    const { model } = await json('train', 'classifier', '--dry-run', '--set', 'model.arch=vit');
    expect(model).toMatchObject({ arch: 'vit', patch: 4, channels: 64, channelDim: 128, heads: 4 });
  });

  it('changes the kind of the optimiser with one key', async () => {
    const optimiser = set({ 'optimiser.kind': 'sgd', 'optimiser.momentum': 0.8 });
    const config = await json('train', 'classifier', '--dry-run', ...optimiser);
    const { rate, finalShare, warmupSteps } = classifierPresets['digits-quick']!.optimiser;
    expect(config).toMatchObject({
      optimiser: { kind: 'sgd', rate, finalShare, warmupSteps, momentum: 0.8, nesterov: false },
    });
  });
});

describe('a GAN run', () => {
  beforeAll(() => trainTiny('gan', 'gan', 'digits', folder));

  const sampled = async (out: string, ...args: string[]): Promise<Buffer> => {
    const shown = await printed('sample', 'gan', '--engine=cpu', '--out', out, ...args);
    expect(shown).toBe(`${out}\n`);
    return readFile(join(folder, out));
  };

  it('is a folder with its pictures, and train tells of it', async () => {
    const args = ['train', 'gan', ...tinyGan, '--data=digits', '--steps=1', '--out=made'];
    expect(await json(...args)).toEqual({
      run: 'made',
      engine: 'cpu',
      outcome: 'finished',
      steps: 1,
      metrics: {
        'discriminator.loss': expect.any(Number),
        'discriminator.realLogit': expect.any(Number),
        'discriminator.fakeLogit': expect.any(Number),
        'discriminator.gradientNorm': expect.any(Number),
        'discriminator.heldOutLogit': expect.any(Number),
        'generator.loss': expect.any(Number),
        'generator.gradientNorm': expect.any(Number),
        saturatedShare: expect.any(Number),
        realSaturatedShare: expect.any(Number),
        batchDiversity: expect.any(Number),
        realDiversity: expect.any(Number),
      },
    });
    expect((await readdir(join(folder, 'made'))).sort()).toEqual([
      ...['checkpoint', 'config.json', 'fakes-000000.png', 'fakes-000001.png'],
      ...['log.txt', 'metrics.jsonl', 'reals.png'],
    ]);
  });

  it('gives the same pictures for the same seed, fewer being the first of more', async () => {
    const [many, again, few, other] = await Promise.all([
      sampled('many.npy', '--count=70', '--seed=7'),
      sampled('again.npy', '--count=70', '--seed=7'),
      sampled('few.npy', '--count=3', '--seed=7'),
      sampled('other.npy', '--count=3', '--seed=8'),
    ]);
    expect(many.equals(again)).toBe(true);
    const pixels = (file: Buffer): Buffer => file.subarray(10 + file.readUInt16LE(8));
    const header = few.toString('latin1', 10, 10 + few.readUInt16LE(8)).trimEnd();
    expect(header).toBe("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 8, 8, 1), }");
    expect(pixels(few)).toHaveLength(3 * 8 * 8);
    expect(pixels(few).equals(pixels(many).subarray(0, 3 * 8 * 8))).toBe(true);
    expect(pixels(few).equals(pixels(other))).toBe(false);
  });

  it('gives a PNG grid, and JSON about it', async () => {
    const args = ['sample', 'gan', '--engine=cpu', '--count=4', '--out=grid.png'];
    expect(await json(...args)).toEqual({
      file: 'grid.png',
      count: 4,
      temperature: 1.1,
      seed: 0,
      step: 2,
      shape: [4, 8, 8, 1],
    });
    expect(await readPng(join(folder, 'grid.png'))).toMatchObject({ width: 22, height: 22 });
  });
});

describe('a classifier run', () => {
  beforeAll(async () => {
    const small = {
      batchSize: 32,
      model: { patch: 7, channels: 32, tokenDim: 16, channelDim: 32, numBlocks: 1 },
      augmentation: { rotateDegrees: 0, translatePixels: 0, scale: 0 },
      optimiser: { rate: 0.02, finalShare: 0, warmupSteps: 10, beta1: 0.9, beta2: 0.99 },
    };
    const args = ['--engine=wasm', '--steps=300', '--out=classifier', ...set(small)];
    await printed('train', 'classifier', ...args);
  });

  it('is evaluated on the digits it never saw', async () => {
    const { run, step, data, classNames, accuracy, count, correct, crossEntropy, ...rest } =
      await json<Record<string, number> & { perClass: PerClass[]; confusion: number[][] }>(
        'evaluate',
        'classifier',
        '--engine=wasm',
      );
    const { perClass, confusion, ...none } = rest;
    expect(none).toEqual({});
    expect({ run, step, data, classNames }).toEqual({
      run: 'classifier',
      step: 300,
      data: 'mnist test',
      classNames: [...'0123456789'],
    });
    expect(accuracy).toBeGreaterThan(0.8);
    expect(accuracy).toBe(correct! / count!);
    expect(crossEntropy).toBeGreaterThan(0);
    const sum = (row: number[]): number => row.reduce((a, b) => a + b);
    expect(sum(confusion.map(sum))).toBe(count);
    expect(sum(confusion.map((row, k) => row[k]!))).toBe(correct);
    expect(perClass).toEqual(
      confusion.map((row, k) => ({
        name: String(k),
        count: sum(row),
        correct: row[k],
        accuracy: row[k]! / sum(row),
      })),
    );
    const metrics = await readFile(join(folder, 'classifier', 'metrics.jsonl'), 'utf8');
    expect(JSON.parse(metrics.trimEnd().split('\n').at(-1)!)).toMatchObject({
      step: 300,
      testAccuracy: accuracy,
    });
  });

  it('recognises a digit as it is, inverted, and enlarged', async () => {
    const digits = await writeDigits();
    const results = await json<Prediction[]>(
      'predict',
      'classifier',
      '--engine=wasm',
      ...digits.flatMap(({ files }) => files),
    );
    expect(results.map(({ file }) => file)).toEqual(digits.flatMap(({ files }) => files));
    let recognised = 0;
    for (const [i, { label }] of digits.entries()) {
      const [plain, inverted, enlarged] = results.slice(3 * i, 3 * i + 3) as [
        Prediction,
        Prediction,
        Prediction,
      ];
      expect(inverted).toEqual({ ...plain, file: inverted.file });
      expect(enlarged.label).toBe(plain.label);
      expect(enlarged.probability).toBeCloseTo(plain.probability, 1);
      expect(plain.probability).toBe(Math.max(...plain.probabilities));
      expect(plain.probabilities[plain.label]).toBe(plain.probability);
      expect(plain.probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
      expect(plain.name).toBe(String(plain.label));
      if (plain.label === label) recognised++;
    }
    expect(recognised).toBeGreaterThanOrEqual(7);
  });

  /** A digit of every class that was not trained on: as it is, dark on light, five times as large. */
  async function writeDigits(): Promise<{ label: number; files: string[] }[]> {
    const { test } = await loadMnistPackage();
    const labels = test.labels!;
    return Promise.all(
      Array.from({ length: 10 }, async (_, label) => {
        const at = labels.indexOf(label) * 28 * 28;
        const pixels = test.images.slice(at, at + 28 * 28);
        const large = Uint8Array.from({ length: 140 * 140 }, (_, i) => {
          const [x, y] = [Math.floor((i % 140) / 5), Math.floor(i / 140 / 5)];
          return pixels[y * 28 + x]!;
        });
        const files = ['plain', 'inverted', 'enlarged'].map((how) => `${label}-${how}.png`);
        const write = (file: string, side: number, bytes: Uint8Array): Promise<void> =>
          writePng(join(folder, file), { width: side, height: side, channels: 1, pixels: bytes });
        await write(files[0]!, 28, pixels);
        await write(
          files[1]!,
          28,
          pixels.map((value) => 255 - value),
        );
        await write(files[2]!, 140, large);
        return { label, files };
      }),
    );
  }
});

interface PerClass {
  readonly name: string;
  readonly count: number;
  readonly correct: number;
  readonly accuracy: number;
}

interface Prediction {
  readonly file: string;
  readonly label: number;
  readonly name: string;
  readonly probability: number;
  readonly probabilities: readonly number[];
}

describe.runIf(process.platform === 'linux')('where nobody can read', () => {
  const full = (fd: 1 | 2, args: readonly string[]) =>
    mixgan(args, { cwd: folder, redirect: { fd, to: '/dev/full' } });

  it('standard output, that is told on one line', async () => {
    const { code, stderr } = await full(1, ['summary', 'S/16']);
    expect({ code, stderr }).toEqual({
      code: ExitCode.output,
      stderr: 'mixgan: cannot write standard output: the disk is full; free some space\n',
    });
  });

  it('standard error, training goes on', async () => {
    const args = ['train', 'gan', ...tinyGan, '--data=digits', '--steps=1', '--out=unread'];
    const { code, stdout } = await full(2, args);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('unread') });
  });
});
