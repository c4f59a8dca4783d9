import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationResult } from '../../gan/evaluate.js';
import { subset } from '../../src/data/dataset.js';
import { loadMnistPackage } from '../../src/data/mnist-package.js';
import { ExitCode } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { idx } from '../data/idx-bytes.js';
import { mixgan, succeeding } from '../support/cli.js';
import { set, tinyGan, trainTiny, writeIdxFolder } from './runs.js';

/**
 * The current folder of every command. Holds `digits` (100 of 28×28), `no digits` (the same in
 * negative) and `small` (20 of 8×8), the GAN runs `straight` and `resumed` of the first, and runs of
 * the last, `gan` and `classifier`.
 */
let folder: string;

const cli = (...args: string[]) => mixgan(args, { cwd: folder });

const trainDigits = [
  ...['train', 'gan', ...tinyGan, '--data=digits', '--steps=3', '--conditional'],
  ...set({ pictureEvery: 1 }),
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-evaluate-'));
  const { train } = await loadMnistPackage();
  const count = 100;
  const digits = subset(
    train,
    RandomStream.fromSeed(1).permutation(train.count).subarray(0, count),
  );
  await writeIdxFolder(
    join(folder, 'digits'),
    idx([count, 28, 28], [...digits.images]),
    idx([count], [...digits.labels!]),
  );
  await writeIdxFolder(
    join(folder, 'no digits'),
    idx(
      [count, 28, 28],
      Array.from(digits.images, (value) => 255 - value),
    ),
    idx([count], [...digits.labels!]),
  );
  await writeIdxFolder(join(folder, 'small'));
  const interrupted = async () => {
    const scored = set({ evaluateEvery: 1 });
    await succeeding(cli(...trainDigits, ...scored, '--minutes=1e-6', '--out=resumed'));
    await succeeding(cli('train', 'gan', '--engine=cpu', '--resume=resumed'));
  };
  await Promise.all([
    interrupted(),
    succeeding(cli(...trainDigits, '--out=straight')),
    trainTiny('gan', 'gan', 'small', folder),
    trainTiny('classifier', 'classifier', 'small', folder),
  ]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('scores during training', () => {
  it('are logged, before and after a resumption', async () => {
    const lines = (await readFile(join(folder, 'resumed', 'metrics.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);
    const scored = lines.filter((line) => 'evaluation.frechet' in line);
    expect(scored.map(({ step }) => step)).toEqual([1, 2, 3]);
    for (const line of scored) {
      expect(Object.keys(line).slice(2)).toEqual(
        [
          ...['frechet', 'frechetRatio', 'precision', 'recall', 'density', 'coverage'],
          ...['classEntropy', 'confidentShare', 'askedShare'],
        ].map((name) => `evaluation.${name}`),
      );
      expect(line['evaluation.frechetRatio']).toBeGreaterThan(2);
    }
    const log = await readFile(join(folder, 'resumed', 'log.txt'), 'utf8');
    const said =
      / step (\d): Fréchet distance [\d.]+, [\d.]+ times that of real images; precision/g;
    expect([...log.matchAll(said)].map(([, step]) => step)).toEqual(['1', '2', '3']);
  });

  it('leave the training as it is', async () => {
    const [scored, plain] = await Promise.all(
      ['resumed', 'straight'].map((run) =>
        loadCheckpoint(join(folder, run, 'checkpoint', 'latest.safetensors')),
      ),
    );
    expect(scored!.step).toBe(3);
    expect(scored!.variables).toEqual(plain!.variables);
  });
});

type Document = EvaluationResult & { against?: object };

describe.concurrent('evaluate', () => {
  it('scores a GAN the same every time, and saves what it prints', async () => {
    const [first, second] = await Promise.all([
      succeeding(cli('evaluate', 'straight', '--json', '--save')),
      succeeding(cli('evaluate', 'straight', '--json', '--against=resumed')),
    ]);
    expect(await readFile(join(folder, 'straight', 'evaluation.json'), 'utf8')).toBe(first.stdout);
    const document = JSON.parse(first.stdout) as Document;
    expect(document).toMatchObject({
      run: 'straight',
      step: 3,
      data: 'digits train',
      protocol: {
        ...{ seed: 0, samples: 40, manifoldSamples: 40 },
        ...{ trainingImages: 80, heldOutImages: 20 },
      },
      extractors: [{ extractor: 'digits-cnn' }, { extractor: 'digits-mixer' }],
    });
    expect(document.extractors[0]).toMatchObject({
      generated: { frechet: expect.any(Number), askedShare: expect.any(Number) },
      floor: {
        askedShare: expect.closeTo(1, 1),
        classes: { confidentShare: expect.closeTo(1, 1) },
      },
      memorisation: { closeShare: expect.any(Number) },
    });
    // The two runs have the same weights.
    const { against, ...rest } = JSON.parse(second.stdout) as Document;
    expect(rest).toEqual(document);
    expect(against).toEqual({
      run: 'resumed',
      step: 3,
      temperature: 1.1,
      extractors: document.extractors,
    });
  });

  it('prints a table for each extractor', async () => {
    const args = ['evaluate', 'straight', '--against=resumed', '--extractor=digits-cnn'];
    const { stdout } = await succeeding(cli(...args));
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(
      'digits-cnn: 40 generated images and 40 real ones, against 40 others of digits train',
    );
    expect(lines[1]).toMatch(/^metric +this run +real images +other run +this \/ other$/);
    expect(lines[2]).toMatch(/^Fréchet distance +([\d.,]+) +[\d.,]+ +\1 +1\.00$/);
    expect(lines[3]).toMatch(/^times that of real images +([\d.]+) +1\.00 +\1 +1\.00$/);
    expect(lines.at(-1)).toMatch(/^images taken for each class: 0: \d+, 1: \d+, .*, 9: \d+$/);
    expect(lines).toHaveLength(18);
  });

  it('takes a classifier as the judge of other images', async () => {
    const args = ['evaluate', 'gan', '--extractor=classifier', '--engine=cpu'];
    const { stdout, stderr } = await succeeding(cli(...args));
    expect(stdout).toMatch(/^classifier: 8 generated images and 8 real ones, against 8 others /);
    expect(stdout).not.toContain('of the class wanted');
    // Two steps are no training.
    expect(stderr).toMatch(/\nclassifier recognises only [\d.]+% of the images of small train: /);
  });

  it.each([
    {
      what: 'images that no extractor knows',
      args: ['evaluate', 'gan'],
      code: ExitCode.usage,
      says: /small train: .*add --train-extractor, .*or --extractor with a classifier of yours$/,
    },
    {
      what: 'a judge of other images',
      args: ['evaluate', 'straight', '--extractor=classifier', '--engine=cpu'],
      code: ExitCode.input,
      says: /classifier was trained on images of 8×8×1, but digits train has 28×28×1$/,
    },
    {
      what: 'a judge that is no classifier',
      args: ['evaluate', 'straight', '--extractor=gan', '--engine=cpu'],
      code: ExitCode.input,
      says: /gan holds the model of a gan; give a classifier$/,
    },
    {
      what: 'other data than the run draws',
      args: ['evaluate', 'gan', '--data=digits', '--engine=cpu'],
      code: ExitCode.input,
      says: /gan draws images of 8×8×1, but digits train has 28×28×1$/,
    },
    {
      what: 'a classifier to compare with',
      args: ['evaluate', 'straight', '--against=classifier'],
      code: ExitCode.input,
      says: /classifier is a run of a classifier, .*needs a gan run$/,
    },
    {
      what: 'a classifier to judge',
      args: ['evaluate', 'classifier', '--extractor=digits-cnn'],
      code: ExitCode.usage,
      says: /--extractor is for runs of a GAN or a translation, and classifier is one of a classifier$/,
    },
    {
      what: 'scores between the pictures',
      args: ['train', 'gan', '--dry-run', ...set({ pictureEvery: 4, evaluateEvery: 6 })],
      code: ExitCode.usage,
      says: /evaluateEvery: give a multiple of pictureEvery, which is 4, or 0 .*, not 6$/,
    },
    {
      what: 'scores of images that are no digits',
      args: [
        'train',
        'gan',
        ...tinyGan,
        '--data=small',
        ...set({ pictureEvery: 100, evaluateEvery: 100 }),
      ],
      code: ExitCode.usage,
      says: /evaluateEvery=100: only digits of 28×28×1 .* small train has other images; /,
    },
    {
      what: 'scores of images that are no digits, though their classes are',
      args: [
        ...['train', 'gan', ...tinyGan, '--data=no digits'],
        ...set({ pictureEvery: 100, evaluateEvery: 100 }),
      ],
      code: ExitCode.usage,
      says: /evaluateEvery=100: .* of the images of no digits train digits-cnn recognises \d+\.\d\d%; set it to 0 /,
    },
  ])('refuses $what', async ({ args, code, says }) => {
    const result = await cli(...args);
    expect(result).toMatchObject({ code, stdout: '' });
    const errors = result.stderr.trimEnd().split('\n');
    expect(errors.filter((line) => line.startsWith('mixgan: '))).toHaveLength(1);
    expect(errors.at(-1)).toMatch(says);
  });
});
