/**
 * An evaluation in parts is that of one job, number by number.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateGan } from '../../gan/commands/evaluate.js';
import { createEvaluation, type EvaluationResult } from '../../gan/evaluate.js';
import { mergeGanEvaluations } from '../../gan/merge.js';
import type { Sampler } from '../../gan/sample.js';
import { type EvaluatedPart, writeEvaluationPart } from '../../gan/write-part.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { InputError, OutputError, UsageError } from '../../src/errors.js';
import { type PartFile, readPart } from '../../src/family/part-file.js';
import { RandomStream } from '../../src/random.js';
import type { FeatureExtractor } from '../../src/scores/features.js';

const classNames = ['dark', 'bright'];
const size = 3;

/** Images of 1 × 2 whose class is how bright the first pixel is, and whose ground the second. */
function pictures(name: string, count: number, seed: number): ImageDataset {
  const random = RandomStream.fromSeed(seed);
  const images = Uint8Array.from({ length: 2 * count }, () => random.integer(256));
  const half = (pixel: number) =>
    Uint8Array.from({ length: count }, (_, i) => (images[2 * i + pixel]! > 127 ? 1 : 0));
  return {
    ...{ name, images, count, height: 1, width: 2, channels: 1, classNames, labels: half(0) },
    attributes: [{ name: 'ground', values: ['low', 'high'], labels: half(1) }],
  };
}

/** Sees three features of a picture, and reads the pixel; some it takes for what they are not. */
const eye = (name: string, values: readonly string[], pixel: number, bend = 1) =>
  ({
    name,
    task: { imageShape: [1, 2, 1], classNames: values },
    extract: async (images) => {
      const count = images.length / 2;
      const features = Float32Array.from({ length: 3 * count }, (_, at) => {
        const [a, b] = [images[2 * Math.floor(at / 3)]! / 255, images[2 * Math.floor(at / 3) + 1]!];
        return [bend * a, b / 255, Math.sin(3 * a + b)][at % 3]!;
      });
      const probabilities = Float32Array.from({ length: 2 * count }, (_, at) =>
        images[2 * Math.floor(at / 2) + pixel]! > 100 === (at % 2 === 1) ? 0.75 : 0.25,
      );
      return { features: { values: features, count, dim: 3 }, probabilities };
    },
  }) satisfies FeatureExtractor;

const train = pictures('views train', 43, 1);
const test = pictures('views test', 11, 2);
const conditions = [{ name: 'ground', values: ['low', 'high'] }];
const extractors = [eye('one', classNames, 0), eye('two', classNames, 0, 2)];
const readers = new Map([['ground', eye('of grounds', ['low', 'high'], 1)]]);
const options = { extractors, readers, train, heldOut: test };

/** Shows what it is asked for, mostly. */
const sampler: Sampler = async (latents, labels) =>
  Float32Array.from(latents, (value, at) =>
    at % 2 === 1 && labels !== undefined
      ? Math.tanh(value / 2 + labels[(at - 1) / 2]! - 0.5)
      : Math.tanh(value),
  );
const told = { latentDim: 2, conditions };

let folder: string;
let parts: PartFile[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-merge-'));
  parts = await partsOf(createEvaluation(options), 'part');
});

afterAll(() => rm(folder, { recursive: true }));

/** Of a run, what a part tells of it. */
const run = (seed = 1) => ({
  path: 'views',
  config: { temperature: 1 },
  data: { train, test },
  checkpoint: {
    step: 7,
    variables: new Map([
      ['average/w', { dtype: 'float32', shape: [1], values: Float32Array.of(seed) }],
    ]),
  } as unknown as EvaluatedPart['checkpoint'],
});

async function partsOf(
  evaluation: ReturnType<typeof createEvaluation>,
  name: string,
  { generator = told as Parameters<typeof evaluation.part>[1], of = run() } = {},
): Promise<PartFile[]> {
  const files: PartFile[] = [];
  for (let rank = 0; rank < size; rank++) {
    const share = { rank, size };
    const out = join(folder, `${name}-${rank}.safetensors`);
    const part = await evaluation.part(sampler, generator, share);
    await writeEvaluationPart({ share, out }, { ...of, part });
    files.push(await readPart(out));
  }
  return files;
}

describe('parts of an evaluation', () => {
  it('come to the figures of the whole, to the bit', async () => {
    const whole = await createEvaluation(options).evaluate(sampler, told);
    expect(whole.attributes?.allShare).toBeGreaterThan(0.5);
    expect(whole.extractors[0]!.memorisation?.closeShare).toBeGreaterThanOrEqual(0);
    expect(mergeGanEvaluations(parts)).toEqual(whole);
  });

  it.each([
    ['of classes', { latentDim: 2, conditions: [{ values: classNames }] }],
    ['of nothing in particular', { latentDim: 2 }],
  ])('come to it for a generator %s', async (what, generator) => {
    const evaluation = createEvaluation({ extractors, train, heldOut: test });
    const whole: EvaluationResult = await evaluation.evaluate(sampler, generator);
    expect('askedShare' in whole.extractors[0]!.generated).toBe(what === 'of classes');
    expect(mergeGanEvaluations(await partsOf(evaluation, 'plain', { generator }))).toEqual(whole);
  });

  it('share out what is looked at', async () => {
    let seen = 0;
    const counting = {
      ...extractors[0]!,
      extract: (images: Uint8Array | Float32Array) => {
        seen += images.length / 2;
        return extractors[0]!.extract(images);
      },
    };
    const evaluation = createEvaluation({ extractors: [counting], train, heldOut: test });
    for (let rank = 0; rank < size; rank++) {
      seen = 0;
      let drawn = 0;
      const drawing: Sampler = (latents) => {
        drawn += latents.length / 2;
        return sampler(latents);
      };
      await evaluation.part(drawing, { latentDim: 2 }, { rank, size });
      expect(drawn).toBe(7);
      // A third of 43, of 11 and of 21, and the four that all look at.
      expect(seen).toBeLessThanOrEqual(15 + 4 + 7 + 4);
    }
    await expect(evaluation.part(sampler, { latentDim: 2 }, { rank: 0, size: 12 })).rejects.toThrow(
      new UsageError('--shard 0/12: 11 images are not enough for 12 parts; give fewer parts'),
    );
  });
});

describe('what is no part of the evaluation is named', () => {
  const refused = (files: readonly PartFile[], message: RegExp): void => {
    expect(() => mergeGanEvaluations(files)).toThrow(InputError);
    expect(() => mergeGanEvaluations(files)).toThrow(message);
  };
  /** The second part from elsewhere. */
  const mixed = (others: readonly PartFile[]): PartFile[] => [parts[0]!, others[1]!, parts[2]!];

  it('of other weights, images, sizes, extractors and readers', async () => {
    const evaluation = createEvaluation(options);
    const retrained = await partsOf(evaluation, 'retrained', { of: run(2) });
    refused(
      mixed(retrained),
      /retrained-1.*: the weights of the generator are others than in .*part-0/,
    );

    const heldOut = pictures('views test', 11, 3);
    const of = { ...run(), data: { train, test: heldOut } };
    const elsewhere = await partsOf(createEvaluation({ ...options, heldOut }), 'elsewhere', { of });
    refused(mixed(elsewhere), /elsewhere-1.*: the images of the dataset are others than in/);

    const protocol = { seed: 0, samples: 12, manifoldSamples: 12 };
    const quick = await partsOf(createEvaluation({ ...options, protocol }), 'quick');
    refused(mixed(quick), /quick-1.*: the protocol is another than in/);

    const [one] = extractors;
    const fewer = await partsOf(createEvaluation({ ...options, extractors: [one!] }), 'fewer');
    refused(mixed(fewer), /fewer-1.*: the extractors are others than in/);

    const unread = await partsOf(createEvaluation({ ...options, readers: new Map() }), 'unread');
    refused(mixed(unread), /unread-1.*: the readers of attributes are others than in/);
  });

  it('of another classifier by the same name', async () => {
    const changed = { ...options, extractors: [extractors[0]!, eye('two', classNames, 0, 2.1)] };
    const files = await partsOf(createEvaluation(changed), 'changed');
    refused(mixed(files), /changed-1.*: two is another classifier than in .*part-0/);
  });

  it('of fewer images, or none', () => {
    const without = (name: string): PartFile[] => [
      parts[0]!,
      { ...parts[1]!, tensors: new Map([...parts[1]!.tensors].filter(([key]) => key !== name)) },
      parts[2]!,
    ];
    for (const name of ['0/heldOut/features', '1/generated/probabilities', '1/probe/features']) {
      refused(without(name), new RegExp(`part-1.*: ${name} is missing, or not of as many images`));
    }
    // In the place of the first, which has 14 training images where the second has 14 or 15.
    const { document, ...second } = parts[1]!;
    const renumbered = { ...(document as object), part: { kind: 'gan', index: 0, of: size } };
    refused(
      [parts[0]!, { ...second, document: renumbered }, parts[2]!].reverse(),
      /part-1.*: 0\/(training|heldOut)\/features is missing, or not of as many/,
    );
  });

  it('where its file is damaged, cut off, or of something else', async () => {
    const path = join(folder, 'damaged.safetensors');
    const bytes = await readFile(parts[0]!.file);
    const last = bytes.length - 1;
    await writeFile(path, bytes.with(last, bytes[last]! ^ 1));
    await expect(readPart(path)).rejects.toThrow(/damaged\.safetensors is damaged: its digest/);
    await writeFile(path, bytes.subarray(0, last));
    await expect(readPart(path)).rejects.toThrow(/damaged\.safetensors is damaged, or not a/);
    await writeFile(
      path,
      Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]),
    );
    await expect(readPart(path)).rejects.toThrow(
      /damaged\.safetensors is no part of an evaluation/,
    );
  });
});

it.each([
  [
    { shard: '0/3' },
    /^--shard 0\/3: a part of a GAN's evaluation is a file of features; give --out/,
  ],
  [{ out: 'part.safetensors' }, /^--out is for a part: give --shard I\/N, or --save or --json/],
  [
    { shard: '0/3', out: 'part.safetensors', against: 'other' },
    /^--against with --shard: evaluate each run in parts of its own/,
  ],
])('mixgan evaluate refuses %o', async (flags, message) => {
  const refused = evaluateGan(nobody).run({} as never, flags, {} as never, []);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(message);
});

it('mixgan evaluate asks for the folder of a part before it computes', async () => {
  const flags = { shard: '0/3', out: join(folder, 'nowhere', 'part.safetensors') };
  const refused = evaluateGan(nobody).run({} as never, flags, {} as never, []);
  await expect(refused).rejects.toThrow(OutputError);
  await expect(refused).rejects.toThrow(/part\.safetensors: there is no folder .*nowhere; create/);
});

const nobody = async (): Promise<never> => Promise.reject(new Error('nobody is asked'));
