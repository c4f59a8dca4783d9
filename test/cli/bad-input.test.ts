import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/engine/doctor.js';
import { ExitCode } from '../../src/errors.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { idx } from '../data/idx-bytes.js';
import { png } from '../image/png-bytes.js';
import { type CliResult, mixgan } from '../support/cli.js';
import { withSmallDisk } from '../train/small-disk.js';
import {
  idxImages,
  idxLabels,
  tinyClassifier,
  tinyGan,
  trainTiny,
  writeIdxFolder,
} from './runs.js';

/** Holds what every case starts from: `digits` (IDX files), and the runs `gan` and `classifier`. */
let start: string;

beforeAll(async () => {
  start = await mkdtemp(join(tmpdir(), 'mixgan-bad-input-'));
  await writeIdxFolder(join(start, 'digits'));
  await Promise.all([
    trainTiny('gan', 'gan', 'digits', start),
    trainTiny('classifier', 'classifier', 'digits', start),
  ]);
});

afterAll(() => rm(start, { recursive: true, force: true }));

interface Case {
  readonly what: string;
  /** The command line; its files are in the case's own folder. */
  readonly args: string;
  /** Changes the case's folder before the command runs. */
  readonly given?: (folder: string) => Promise<unknown>;
  readonly says: RegExp;
}

/** Writes one file of the case's folder. */
const file =
  (name: string, bytes: string | Uint8Array) =>
  (folder: string): Promise<void> =>
    writeFile(join(folder, name), bytes);

/** Makes `bad`, a folder of IDX files. */
const data =
  (images?: Uint8Array, labels?: Uint8Array | null) =>
  (folder: string): Promise<void> =>
    writeIdxFolder(join(folder, 'bad'), images, labels);

const checkpointOf = (run: string): string => join(run, 'checkpoint', 'latest.safetensors');

/** Rewrites a checkpoint's bytes. */
const damage =
  (run: string, change: (bytes: Buffer) => Uint8Array) =>
  async (folder: string): Promise<void> => {
    const path = join(folder, checkpointOf(run));
    await writeFile(path, change(await readFile(path)));
  };

function flipByte(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 1;
  return bytes;
}

const setConfig =
  (run: string, keys: object) =>
  async (folder: string): Promise<void> => {
    const path = join(folder, run, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...config, ...keys }));
  };

const blank = png({ width: 9, height: 9, values: new Array<number>(81).fill(255) });
const dot = png({ width: 9, height: 9, values: new Array<number>(81).fill(255).fill(0, 40, 42) });

const dry = 'train gan --dry-run';
const fit = 'train classifier --engine=cpu --data=bad';
const predict = 'predict classifier --engine=cpu';
const evaluate = 'evaluate classifier --engine=cpu';
const sample = 'sample gan --engine=cpu';

const usage: Case[] = [
  { what: 'an unknown command', args: 'frobnicate', says: /unknown command 'frobnicate'/ },
  { what: 'an unknown flag', args: `${dry} --frob`, says: /unknown option '--frob'/ },
  { what: 'a flag without its value', args: 'train gan --steps', says: /--steps .*missing/ },
  { what: 'a flag that is missing', args: 'export gan --out=g', says: /--format <NAME>.*not spec/ },
  { what: 'a missing argument', args: 'sample', says: /missing required argument 'run'/ },
  {
    what: 'an unknown preset',
    args: `${dry} --preset mnits`,
    says: /--preset mnits: .*there are mnist-quick, mnist/,
  },
  {
    what: 'a preset named like a property of every object',
    args: `${dry} --preset constructor`,
    says: /--preset constructor: there is no such gan preset/,
  },
  { what: 'a summary of nothing known', args: 'summary S/15', says: /no preset S\/15.*S\/16/ },
  { what: 'an unknown engine', args: `${dry} --engine abacus`, says: /'abacus'.*auto, .*cpu/ },
  { what: 'an unknown workload', args: 'bench --workload x', says: /--workload .*'x'.*predict/ },
  { what: 'an unknown key', args: `${dry} --set loos=hinge`, says: /unknown key loos.*has .*loss/ },
  {
    what: 'a hostile key in a configuration file',
    args: `${dry} --config c.json`,
    given: file('c.json', '{"__proto__": {"imageSize": 4}}'),
    says: /c\.json: unknown key __proto__; the configuration has .*imageSize/,
  },
  {
    what: 'a hostile key below',
    args: `${dry} --config c.json`,
    given: file('c.json', '{"generator": {"__proto__": {"latentDim": 4}}}'),
    says: /c\.json: unknown key generator\.__proto__/,
  },
  {
    what: 'what a terminal would obey',
    args: `${dry} --preset \x1b[2J\rmnist`,
    says: /--preset \\u001b\[2J\\u000dmnist: there is no such gan preset/,
  },
  {
    what: 'an unknown flag that a terminal would obey',
    args: `${dry} --\x1b[2J`,
    says: /unknown option '--\\u001b\[2J'/,
  },
  { what: '--set without "="', args: `${dry} --set loss`, says: /KEY=VALUE.*not "loss"/ },
  {
    what: '--set to another type',
    args: `${dry} --set batchSize=many`,
    says: /batchSize: .*expected number, received string/,
  },
  {
    what: 'a configuration file with an unknown key',
    args: `${dry} --config c.json`,
    given: file('c.json', '{"penalty": {"gama": 1}}'),
    says: /c\.json: unknown key penalty\.gama/,
  },
  { what: 'negative steps', args: `${dry} --steps -1`, says: /--steps .*'-1'.*from 1/ },
  { what: 'no steps', args: `${dry} --steps 0`, says: /--steps .*'0'.*from 1/ },
  {
    what: 'a batch of a hundred million',
    args: `${dry} --set batchSize=100000000`,
    says: /batchSize: .*65536/,
  },
  {
    what: 'a number of steps that nobody counts to',
    args: `${dry} --steps 3000000000`,
    says: /--steps .*whole number from 1 to 2147483647/,
  },
  {
    what: 'a number of pixels that no image has',
    args: 'train classifier --data digits --dry-run --set augmentation.translatePixels=1e308',
    says: /augmentation\.translatePixels: .*65536/,
  },
  {
    what: 'a rate beyond float32',
    args: 'train classifier --data digits --dry-run --set optimiser.rate=1e308',
    says: /optimiser\.rate: .*1000000000000000000/,
  },
  {
    what: 'images moved out of sight',
    args: 'train classifier --data digits --engine cpu --set augmentation.translatePixels=60',
    says: /augmentation\.translatePixels: 60 pixels move images of 8×8 out of sight; give 8 or less/,
  },
  {
    what: 'a model larger than the memory',
    args: 'train gan --data digits --engine cpu --set discriminator.channels=65536 --set discriminator.channelDim=65536 --set discriminator.numBlocks=99',
    says: /parameters takes \d+ GiB to train, more than this machine has/,
  },
  { what: 'steps and a half', args: `${dry} --steps 1.5`, says: /--steps .*'1\.5'.*whole number/ },
  { what: 'a negative seed', args: `${dry} --seed -1`, says: /--seed .*'-1'.*from 0/ },
  { what: 'no minutes', args: `${dry} --minutes 0`, says: /--minutes .*'0'.*greater than 0/ },
  { what: 'no pictures', args: 'sample gan --count 0', says: /--count .*'0'.*from 1/ },
  {
    what: 'pictures in another format',
    args: `${sample} --out a.jpg`,
    says: /a\.jpg.*\.png or \.npy/,
  },
  { what: 'too large a grid', args: `${sample} --count 10001`, says: /--count 10001: .*\.npy/ },
  {
    what: 'a patch that does not divide the images',
    args: 'train classifier --engine=cpu --data=digits --set model.patch=3',
    says: /images of 8×8 do not divide into 3×3 patches/,
  },
  {
    what: 'generator stages that do not divide the images',
    args: 'train gan --engine=cpu --data=bad',
    given: data(idxImages({ side: 10 })),
    says: /generator of 2 stages.*multiples of 4, not 10×10; change generator\.stages/,
  },
  {
    what: 'a list of class weights of another length',
    args: 'train classifier --engine=cpu --data=digits --set classWeights=[1,2]',
    says: /classWeights has 2 numbers, and digits train has 10 classes/,
  },
  {
    what: 'stochastic depth where there are no branches',
    args: 'train classifier --engine=cpu --data=digits --preset=extractor-cnn --set stochasticDepth=0.1',
    says: /stochasticDepth: this architecture has nothing to drop; leave it at 0/,
  },
  {
    what: 'an optimiser that there is not',
    args: 'train classifier --dry-run --set optimiser.kind=lamb',
    says: /optimiser\.kind: there is no such optimiser; there are adam, adamw, sgd/,
  },
  {
    what: '--new-head of nothing',
    args: 'train classifier --dry-run --new-head',
    says: /--new-head goes with --finetune PATH/,
  },
  {
    what: '--finetune of a model with another architecture',
    args: 'train classifier --dry-run --finetune classifier --arch cnn',
    says: /--finetune trains the architecture of classifier .*combined with --arch/,
  },
  {
    what: '--finetune of a model of other sizes',
    args: 'train classifier --engine=cpu --data=digits --finetune classifier --set model.channels=16',
    says: /classifier is of another architecture than this training: mixer .*, not mixer /,
  },
  {
    what: '--finetune on images of another size',
    args: `${fit} --finetune classifier`,
    given: data(idxImages({ side: 12 })),
    says: /classifier was trained on images of 8×8×1, and these are 12×12×1/,
  },
  {
    what: 'more views than there are',
    args: `${evaluate} --views 10`,
    says: /this classifier has 1 to 9 views of an image, not 10/,
  },
  {
    what: 'views of a GAN',
    args: 'evaluate gan --views 3',
    says: /--views is for runs of a classifier, and gan is one of a GAN/,
  },
  {
    what: 'the best weights of a GAN',
    args: 'export gan --best --format=onnx --out=g.onnx',
    says: /--best is for runs of a classifier, and gan is one of a GAN/,
  },
  {
    what: '--resume with --preset',
    args: 'train gan --resume gan --preset mnist --seed 1',
    says: /--resume .*cannot be combined with --preset, --seed/,
  },
  {
    what: '--resume to fewer steps than were taken',
    args: 'train gan --resume gan --steps 1',
    says: /gan has already taken 2 of its 1 steps; give --steps/,
  },
];

const input: Case[] = [
  {
    what: 'data with a NUL in its name',
    args: 'train gan --engine=cpu --config c.json',
    given: file('c.json', '{"data": "a\\u0000b"}'),
    says: /cannot read a\\u0000b: no name of a file holds a NUL character/,
  },
  {
    what: 'a configuration file that is not JSON',
    args: `${dry} --config c.json`,
    given: file('c.json', '{"loss": hinge}'),
    says: /c\.json is not valid JSON/,
  },
  {
    what: 'a configuration file that holds an array',
    args: `${dry} --config c.json`,
    given: file('c.json', '[]'),
    says: /c\.json holds no JSON object/,
  },
  {
    what: 'a missing configuration file',
    args: `${dry} --config c.json`,
    says: /cannot read c\.json: there is no such file/,
  },

  { what: 'a missing data folder', args: fit, says: /no dataset or folder called "bad"/ },
  {
    what: 'data that is a file',
    args: fit,
    given: file('bad', ''),
    says: /bad is a file; give the folder/,
  },
  {
    what: 'an empty data folder',
    args: fit,
    given: (folder) => mkdir(join(folder, 'bad')),
    says: /bad holds no dataset; it should hold IDX files .*CIFAR.*PNG or JPEG/,
  },
  {
    what: 'images that are cut off',
    args: fit,
    given: data(idxImages().subarray(0, -1)),
    says: /bad\/train-images-idx3-ubyte is cut off: .*20×8×8/,
  },
  {
    what: 'labels in the place of images',
    args: fit,
    given: data(idxLabels()),
    says: /train-images-idx3-ubyte holds labels, not images/,
  },
  {
    what: 'images in the place of labels',
    args: fit,
    given: data(idxImages(), idxImages()),
    says: /train-labels-idx1-ubyte holds images, not labels/,
  },
  {
    what: 'a damaged gzip file',
    args: fit,
    given: data(flipByte(gzipSync(idxImages()), 30)),
    says: /train-images-idx3-ubyte is damaged or cut off \(gzip\)/,
  },
  {
    what: 'more images than labels',
    args: fit,
    given: data(idxImages(), idxLabels(19)),
    says: /train-images-idx3-ubyte has 20 images, but bad\/train-labels-idx1-ubyte has 19 labels/,
  },
  {
    what: 'a label of no class',
    args: fit,
    given: data(idxImages({ count: 3 }), idx([3], [0, 10, 1])),
    says: /train-labels-idx1-ubyte: .*10.*from 0 to 9/,
  },
  {
    what: 'a classifier without labels',
    args: fit,
    given: data(idxImages(), null),
    says: /bad train has images but no labels; give a labelled dataset/,
  },
  {
    what: 'images of two channels for a GAN',
    args: 'train gan --engine=cpu --data=bad',
    given: data(idxImages({ channels: 2 })),
    says: /bad train: images have 1 or 3 channels.*not 2/,
  },
  {
    what: 'an evaluation on images of another size',
    args: `${evaluate} --data=bad`,
    given: data(idxImages({ side: 12 })),
    says: /bad test has images of 12×12×1.*classifier was trained on 8×8×1/,
  },
  {
    what: 'an evaluation on as many classes of other names',
    args: 'evaluate classifier --engine=cpu --data=./fashion',
    given: (folder) => writeIdxFolder(join(folder, 'fashion')),
    says: /fashion test has the classes T-shirt\/top, .*, but classifier was trained on 0, 1, 2, .*9/,
  },
  {
    what: 'an evaluation without labels',
    args: `${evaluate} --data=bad`,
    given: data(idxImages(), null),
    says: /bad test has images but no labels/,
  },

  {
    what: 'a missing PNG',
    args: `${predict} a.png`,
    says: /cannot read a\.png: there is no such file/,
  },
  {
    what: 'a folder as a PNG',
    args: `${predict} digits`,
    says: /cannot read digits: it is a folder/,
  },
  {
    what: 'a text file called .png',
    args: `${predict} a.png`,
    given: file('a.png', 'seven'),
    says: /a\.png is not a PNG image/,
  },
  {
    what: 'a PNG of 0×0',
    args: `${predict} a.png`,
    given: file('a.png', png({ width: 0, height: 0, values: [] })),
    says: /a\.png is a damaged PNG image: its size is 0×0/,
  },
  {
    what: 'a PNG of 10,000×10,000',
    args: `${predict} a.png`,
    given: file('a.png', png({ width: 10_000, height: 10_000, values: [] })),
    says: /a\.png is too large: 10000×10000 pixels; the limit/,
  },
  {
    what: 'a PNG that is cut off',
    args: `${predict} a.png`,
    given: file('a.png', dot.subarray(0, -20)),
    says: /a\.png is a PNG image that is cut off/,
  },
  {
    what: 'a blank PNG after a good one',
    args: `${predict} a.png b.png`,
    given: async (folder) => {
      await file('a.png', dot)(folder);
      await file('b.png', blank)(folder);
    },
    says: /no ink found in b\.png/,
  },
  {
    what: 'digits for a classifier of other images',
    args: `${predict} a.png`,
    given: file('a.png', dot),
    says: /classifier was trained on images of 8×8×1; predict prepares digits of 28×28×1/,
  },

  {
    what: 'a missing run',
    args: 'evaluate nowhere',
    says: /cannot read nowhere: there is no such folder, and no trained model of that name .* there are digits, /,
  },
  {
    what: 'a folder that is no run',
    args: 'sample digits',
    says: /digits is not the folder of a run: it has no config\.json/,
  },
  {
    what: 'a run without a checkpoint',
    args: sample,
    given: (folder) => rm(join(folder, 'gan', 'checkpoint'), { recursive: true }),
    says: /no checkpoint at gan\/checkpoint\/latest\.safetensors/,
  },
  {
    what: '--finetune of nothing there is',
    args: 'train classifier --dry-run --finetune nowhere',
    says: /cannot read nowhere: there is no such file or folder/,
  },
  {
    what: '--finetune of a GAN',
    args: 'train classifier --dry-run --finetune gan',
    says: /gan holds the model of a gan; give a classifier/,
  },
  {
    what: 'best weights where none were kept',
    args: `${evaluate} --best`,
    given: (folder) => rm(join(folder, 'classifier', 'checkpoint', 'best.safetensors')),
    says: /no checkpoint at classifier\/checkpoint\/best\.safetensors/,
  },
  {
    what: 'a classifier to sample from',
    args: 'sample classifier',
    says: /classifier is a run of a classifier, .*needs a gan or translation run/,
  },
  {
    what: 'a classifier to resume as a GAN',
    args: 'train gan --resume classifier --steps 3',
    says: /classifier is a run of a classifier, .*needs a gan run/,
  },
  {
    what: 'the checkpoint of another kind of run',
    args: sample,
    given: (folder) =>
      cp(join(folder, checkpointOf('classifier')), join(folder, checkpointOf('gan'))),
    says: /gan\/checkpoint\/latest\.safetensors: this is a classifier checkpoint, a gan is wanted/,
  },
  {
    what: 'the checkpoint of another model',
    args: sample,
    given: setConfig('gan', {
      generator: {
        latentDim: 5,
        stages: [{ channels: 4, numBlocks: 0, tokenDim: 4, channelDim: 4 }],
        upsamplingKernel: 4,
      },
    }),
    says: /gan\/checkpoint\/latest\.safetensors does not fit this model: /,
  },
  {
    what: 'the checkpoint of another classifier',
    args: evaluate,
    given: setConfig('classifier', {
      model: { patch: 2, channels: 8, tokenDim: 4, channelDim: 8, numBlocks: 1 },
    }),
    says: /classifier\/checkpoint\/latest\.safetensors does not fit this model: /,
  },
  {
    what: 'a checkpoint with a flipped byte',
    args: sample,
    given: damage('gan', (bytes) => flipByte(bytes, bytes.length - 9)),
    says: /gan\/checkpoint\/latest\.safetensors is damaged: its checksum does not match/,
  },
  {
    what: 'a checkpoint that is cut off',
    args: sample,
    given: damage('gan', (bytes) => bytes.subarray(0, -100)),
    says: /gan\/checkpoint\/latest\.safetensors/,
  },
  {
    what: "a run's broken configuration",
    args: sample,
    given: file('gan/config.json', '{"kind": "gan",'),
    says: /gan\/config\.json is not valid JSON/,
  },
  {
    what: "a run's configuration that is no object",
    args: sample,
    given: file('gan/config.json', 'null'),
    says: /gan\/config\.json/,
  },
  {
    what: "a run's configuration with a wrong key",
    args: evaluate,
    given: setConfig('classifier', { modle: 1 }),
    says: /classifier\/config\.json: unknown key modle/,
  },
  {
    what: "a run's configuration with a wrong key, to resume",
    args: 'train gan --resume gan --steps 3',
    given: setConfig('gan', { loss: 'hing' }),
    says: /gan\/config\.json: loss: /,
  },
  {
    what: 'metrics that are broken, to resume',
    args: 'train gan --engine=cpu --resume gan --steps 3',
    given: file('gan/metrics.jsonl', 'step 1\n{"step":2,"seconds":1}\n'),
    says: /gan\/metrics\.jsonl: line 1 is not a record/,
  },
];

const output: Case[] = [
  {
    what: 'a folder that is not empty',
    args: 'train gan --engine=cpu --data=digits --out digits',
    says: /digits is not empty; give --out a new folder/,
  },
  {
    what: 'a run where no folder can be made',
    args: 'train gan --data digits --engine cpu --out /proc/no/run',
    says: /cannot write \/proc\/no\/run/,
  },
  {
    what: 'a run in a place under a file',
    args: 'train gan --engine=cpu --data=digits --out f/run',
    given: file('f', ''),
    says: /cannot write f\/run: a part of the path is a file/,
  },
  {
    what: 'a runs folder that is a file',
    args: 'train gan --engine=cpu --data=digits',
    given: file('runs', ''),
    says: /cannot write runs: it is a file, not a folder/,
  },
  {
    what: 'an exported model in a folder that is missing',
    args: 'export classifier --format=onnx --out=no/c.onnx',
    says: /cannot write no\/c\.onnx: the folder no does not exist/,
  },
  {
    what: 'pictures in a folder that is missing',
    args: `${sample} --out no/a.png`,
    says: /cannot write no\/a\.png: the folder no does not exist/,
  },
];

describe.concurrent.each([
  ['wrong usage', ExitCode.usage, usage],
  ['bad input', ExitCode.input, input],
  ['output that cannot be written', ExitCode.output, output],
] as const)('%s', (_, code, cases) => {
  it.each(cases.map((one) => [one.what, one] as const))('%s', async (_, { args, given, says }) => {
    await inFolder(async (folder) => {
      await given?.(folder);
      const before = await filesOf(folder);
      expectFailure(await mixgan(args.split(' '), { cwd: folder }), code, says);
      expect(await filesOf(folder)).toEqual(before);
    });
  });
});

/** One line that says what and where, and nothing else but what the command announced. */
function expectFailure({ code, stdout, stderr }: CliResult, expected: number, says: RegExp): void {
  expect({ code, stdout, stderr }).toMatchObject({
    code: expected,
    stdout: '',
    stderr: expect.stringMatching(/(^|\n)mixgan: [^\n]+\n$/),
  });
  const lines = stderr.trimEnd().split('\n');
  expect(lines.at(-1)).toMatch(says);
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(engine|run): |^step \d/);
}

/** Every file below a folder with its bytes, and every folder. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const contents = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, entry.isFile() ? await readFile(path, 'latin1') : 'a folder'] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}

/** Runs `use` in a copy of the folder that every case starts from. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mixgan-case-'));
  try {
    await cp(start, folder, { recursive: true });
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('an engine that does not load', () => {
  it('is told with the reason, and nothing is left', async (context) => {
    const { stdout } = await mixgan(['doctor', '--json']);
    const { engines } = JSON.parse(stdout) as Diagnosis;
    const missing = engines.find(({ loads }) => !loads);
    if (missing === undefined) return context.skip('every engine loads here');
    await inFolder(async (folder) => {
      const before = await filesOf(folder);
      const args = ['train', 'gan', '--data=digits', `--engine=${missing.name}`];
      const result = await mixgan(args, { cwd: folder });
      expectFailure(result, ExitCode.engine, new RegExp(`engine '${missing.name}' does not load`));
      expect(result.stderr).toContain(missing.why);
      expect(await filesOf(folder)).toEqual(before);
    });
  });
});

describe('a full disk', () => {
  it('while training keeps the last checkpoint', async (context) => {
    await withSmallDisk(context, async (disk) => {
      // One checkpoint of this model fits on the disk, two do not.
      const wide = { patch: 4, channels: 64, tokenDim: 64, channelDim: 64, numBlocks: 1 };
      const run = join(disk, 'run');
      const result = await mixgan(
        [
          ...['train', 'classifier', ...tinyClassifier, '--data=digits', '--out', run],
          ...['--steps=4', '--set=saveEvery=2', `--set=model=${JSON.stringify(wide)}`],
        ],
        { cwd: start },
      );
      expectFailure(
        result,
        ExitCode.output,
        /cannot write .*latest\.safetensors: the disk is full/,
      );
      expect(await loadCheckpoint(checkpointOf(run))).toMatchObject({ step: 0 });
      expect(await readdir(join(run, 'checkpoint'))).toEqual(['latest.safetensors']);
    });
  });

  it('while sampling keeps the previous file', async (context) => {
    await withSmallDisk(context, async (disk) => {
      const out = join(disk, 'samples.npy');
      await writeFile(out, 'previous');
      const args = [...sample.split(' '), '--count=5000', '--out', out];
      const result = await mixgan(args, { cwd: start });
      expectFailure(result, ExitCode.output, /cannot write .*samples\.npy: the disk is full/);
      expect(await readdir(disk)).toEqual(['samples.npy']);
      expect(await readFile(out, 'utf8')).toBe('previous');
    });
  });
});

describe('training that diverges', () => {
  it.each([
    { kind: 'gan', tiny: tinyGan, rate: 'optimiser.discriminatorRate=1e18', step: 2 },
    { kind: 'classifier', tiny: tinyClassifier, rate: 'optimiser.rate=1e18', step: 3 },
  ])('of a $kind with $rate names the value, and keeps the last good checkpoint', async (trial) => {
    const { kind, tiny, rate, step } = trial;
    await inFolder(async (folder) => {
      const args = ['--data=digits', '--steps=5', '--set', rate, '--set', 'saveEvery=1'];
      const result = await mixgan(['train', kind, ...tiny, ...args, '--out=run'], { cwd: folder });
      expectFailure(
        result,
        ExitCode.diverged,
        new RegExp(`diverged at step ${step}: \\S+ is (NaN|-?Infinity); .* of step ${step - 1} `),
      );
      const { step: kept, variables } = await loadCheckpoint(join(folder, checkpointOf('run')));
      expect(kept).toBe(step - 1);
      for (const [name, { values }] of variables) {
        expect(values.every(Number.isFinite), name).toBe(true);
      }
    });
  });
});
