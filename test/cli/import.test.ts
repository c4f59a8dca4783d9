import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildClassifier, type Task } from '../../classifier/model.js';
import { openClassifier } from '../../classifier/open.js';
import { classifierPresets } from '../../classifier/presets.js';
import { exportDefinition } from '../../src/cli/commands/export.js';
import { families } from '../../src/cli/families.js';
import { ExitCode, InputError, UsageError } from '../../src/errors.js';
import type { ExportFormat } from '../../src/formats/export-formats.js';
import { channelMap, type PixelScale } from '../../src/formats/foreign/pixels.js';
import { readNpz, writeNpz } from '../../src/formats/npz.js';
import { readSafetensors } from '../../src/formats/safetensors.js';
import type { LazyTensor } from '../../src/formats/tensor-file.js';
import { writePng } from '../../src/image/png.js';
import { saveCheckpoint } from '../../src/train/checkpoint.js';
import { RunFolder } from '../../src/train/run-folder.js';
import { readVariables } from '../../src/train/variables.js';
import { idx } from '../data/idx-bytes.js';
import { contentsOf } from '../formats/files.js';
import { assignInitialWeights, uniform } from '../golden/formula.js';
import { imported, releasedFile } from '../golden/imported.js';
import { mixgan } from '../support/cli.js';
import { expectClose, valuesOf } from '../support/close.js';
import { unscaled } from '../support/pixels.js';

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'mixgan-import-'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

/** @param images in −1 … 1 */
async function logitsOf(run: string, images: tf.Tensor): Promise<tf.Tensor> {
  const { model } = await openClassifier(run);
  return model.predict(unscaled(images)) as tf.Tensor;
}

interface ExportFlags {
  readonly format: ExportFormat;
  readonly names: 'own' | 'timm';
  readonly pixels: PixelScale;
}

/** `mixgan export RUN`, in this process; what it says on standard error. */
async function exported(run: string, out: string, flags: Partial<ExportFlags>): Promise<string> {
  const notes: string[] = [];
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    notes.push(String(text));
    return true;
  });
  try {
    const { act } = await exportDefinition(families, '1.2.3');
    await act([run], { format: 'safetensors', out, ...flags });
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
  return notes.join('');
}

const files = [
  'flax-mixer.npz',
  'timm-mixer.safetensors',
  'timm-resmlp.safetensors',
  'timm-gmlp.safetensors',
];
const flagsFor = (file: string): Partial<ExportFlags> =>
  file.endsWith('.npz') ? { format: 'npz' } : { format: 'safetensors', names: 'timm' };

describe('import, export, import', () => {
  it.each(files)('%s: the same names and shapes, and the same logits to the bit', async (file) => {
    const [run, again, out] = [`first-${file}`, `second-${file}`, `out-${file}`].map(at);
    await imported(releasedFile(file), { out: run! });
    expect(await exported(run!, out!, flagsFor(file))).toBe('');
    await imported(out!, { out: again! });

    const [before, after] = await Promise.all(
      [releasedFile(file), out!].map((path) =>
        contentsOf(path, file.endsWith('.npz') ? readNpz : readSafetensors),
      ),
    );
    expect(new Map(after!.shapes)).toEqual(new Map(before!.shapes));
    for (const name of before!.shapes.keys()) {
      const [values, original] = [after!.values.get(name)!, before!.values.get(name)!];
      // A stem that took over the pixels' scale was rounded once.
      const isFolded = file === 'timm-resmlp.safetensors' && name.startsWith('stem.');
      const relative = isFolded ? 1e-7 : 0;
      expectClose(
        tf.tensor1d(new Float32Array(values)),
        { shape: [values.length], values: original },
        { relative, what: name },
      );
    }

    const images = uniform('images', [2, 16, 16, 3]);
    const expected = valuesOf(await logitsOf(run!, images));
    expectClose(await logitsOf(again!, images), expected, { relative: 0 });
    const [config, copy] = await Promise.all(
      [run!, again!].map(async (path) =>
        JSON.parse(await readFile(join(path, 'config.json'), 'utf8')),
      ),
    );
    expect(copy).toEqual(config);
  });

  const imageShape = [8, 12, 3] as const;
  const models = [
    { arch: 'mixer', patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 2 },
    { arch: 'resmlp', patch: 4, channels: 6, channelDim: 9, numBlocks: 1 },
    { arch: 'gmlp', patch: 4, channels: 6, hiddenDim: 8, numBlocks: 1 },
  ] as const;

  async function trained(name: string, model: (typeof models)[number], extra: Partial<Task> = {}) {
    const run = new RunFolder(at(name));
    const config = { ...classifierPresets['digits-quick']!, model };
    const task = { imageShape, classNames: ['no', 'yes', 'perhaps'], ...extra };
    await mkdir(run.path);
    await writeFile(run.configPath, JSON.stringify(config));
    const { variables } = buildClassifier(config, task);
    const trainable = [...variables].filter(([key]) => !/\/moving_/.test(key));
    assignInitialWeights(new Map(trainable));
    await saveCheckpoint(run.checkpointPath, {
      kind: 'classifier',
      step: 7,
      config: { ...config, task },
      variables: await readVariables(variables),
    });
    return run.path;
  }

  it.each(models)('a trained $arch comes back as it was', async (model) => {
    const run = await trained(`trained-${model.arch}`, model);
    const images = uniform('images', [2, ...imageShape]);
    const expected = valuesOf(await logitsOf(run, images));
    const ways: Partial<ExportFlags>[] = [
      { names: 'timm' },
      { names: 'timm', pixels: 'imagenet' },
      { names: 'timm', pixels: 'unit' },
      ...(model.arch === 'mixer' ? [{ format: 'npz' } as const] : []),
    ];
    for (const [i, way] of ways.entries()) {
      const [out, back] = [at(`${model.arch}-${i}`), at(`back-${model.arch}-${i}`)];
      const notes = await exported(run, out, way);
      expect(notes).toMatch(way.format === 'npz' ? /GELU is the erf form.*the tanh form\n$/ : /^$/);
      await imported(out, { out: back });
      const { task, config } = await openClassifier(back);
      expect(task).toEqual({ imageShape, classNames: ['no', 'yes', 'perhaps'] });
      expect(config).toMatchObject({ model, data: 'mnist', preset: 'digits-quick' });
      expectClose(await logitsOf(back, images), expected, {
        relative: 0,
        what: JSON.stringify(way),
      });
    }
  });

  it('the stem takes over what a task does to its pixels', async () => {
    const normalisation = { mean: [0.1, -0.2, 0.3], std: [0.5, 0.7, 0.9] };
    const run = await trained('normalised', models[0], { normalisation });
    const images = uniform('images', [2, ...imageShape]);
    const expected = valuesOf(await logitsOf(run, images));
    for (const pixels of ['half', 'imagenet'] as const) {
      const [out, back] = [at(`normalised-${pixels}`), at(`normalised-back-${pixels}`)];
      await exported(run, out, { names: 'timm', pixels });
      await imported(out, { out: back });
      expectClose(await logitsOf(back, images), expected, { relative: 1e-6 });
    }
  });
});

describe('--pixels', () => {
  it.each<PixelScale>(['unit', 'imagenet'])(
    '%s: the model sees what it was trained on',
    async (pixels) => {
      const [half, other] = [at(`half-for-${pixels}`), at(`pixels-${pixels}`)];
      await imported(releasedFile('timm-mixer.safetensors'), { out: half });
      await imported(releasedFile('timm-mixer.safetensors'), { out: other, pixels });
      const images = uniform('images', [2, 16, 16, 3]);
      const { scale, offset } = channelMap(pixels, 3)!;
      const shown = tf.add(tf.mul(images, scale), offset);
      const expected = valuesOf(await logitsOf(half, shown));
      expectClose(await logitsOf(other, images), expected, { relative: 1e-5 });
    },
  );

  it('are the known numbers', () => {
    const { scale, offset } = channelMap('imagenet', 3)!;
    // White, p = 1, in the first channel: (1 − 0.485) / 0.229.
    expect(scale[0]! + offset[0]!).toBeCloseTo(0.515 / 0.229, 12);
    expect(offset[2]! - scale[2]!).toBeCloseTo(-0.406 / 0.225, 12);
    expect(channelMap('unit', 1)).toEqual({ scale: [0.5], offset: [0.5] });
    expect(channelMap('half', 1)).toBeUndefined();
    expect(() => channelMap('imagenet', 1)).toThrow(/those of 3 channels, and the model has 1/);
  });
});

describe('the head', () => {
  it('starts at zero where it is dropped, and everything else stays', async () => {
    const [kept, dropped] = ['kept', 'dropped'].map(at);
    const file = releasedFile('timm-mixer.safetensors');
    await imported(file, { out: kept! });
    expect(await imported(file, { out: dropped!, head: 'drop', classes: 3 })).toMatchObject({
      numClasses: 3,
    });
    const [old, fresh] = [await openClassifier(kept!), await openClassifier(dropped!)];
    expect(fresh.task.classNames).toEqual(['0', '1', '2']);
    for (const [name, variable] of fresh.variables) {
      if (name.startsWith('model/head/')) {
        expect(variable.shape.at(-1)).toBe(3);
        expect(variable.dataSync().every((value) => value === 0)).toBe(true);
      } else expect(variable.dataSync()).toEqual(old.variables.get(name)!.dataSync());
    }
  });

  it('has the classes of a dataset', async () => {
    const data = at('digits');
    await mkdir(data);
    await writeFile(
      join(data, 'train-images-idx3-ubyte'),
      idx([20, 2, 2], new Array<number>(80).fill(9)),
    );
    await writeFile(
      join(data, 'train-labels-idx1-ubyte'),
      idx(
        [20],
        [...Array(20).keys()].map((i) => i % 10),
      ),
    );
    const file = releasedFile('flax-mixer.npz');
    await imported(file, { out: at('ten'), head: 'drop', data });
    const { task, config } = await openClassifier(at('ten'));
    expect(task.classNames).toEqual([...'0123456789']);
    expect(config).toMatchObject({ data, imageSize: 16, preset: 'flax-mixer' });
    await expect(imported(file, { out: at('x'), head: 'drop', data, classes: 7 })).rejects.toThrow(
      new UsageError('--classes 7: digits train has 10 classes; leave one of the two out'),
    );
  });
});

describe('--image-size', () => {
  it('gives a map over the tokens of any shape to a rectangle with as many', async () => {
    await imported(releasedFile('timm-mixer.safetensors'), {
      out: at('wide'),
      imageSize: [8, 32],
    });
    const { task, config } = await openClassifier(at('wide'));
    expect(task.imageShape).toEqual([8, 32, 3]);
    expect(config).not.toHaveProperty('imageSize');
  });

  it.each(files)('%s is resampled on request', async (file) => {
    const out = at(`large-${file}`);
    const flags = { out, imageSize: [24, 32], resample: true } as const;
    expect(await imported(releasedFile(file), flags)).toMatchObject({ imageShape: [24, 32, 3] });
    const logits = await logitsOf(out, uniform('images', [1, 24, 32, 3]));
    expect(logits.shape).toEqual([1, 7]);
    expect(logits.dataSync().every(Number.isFinite)).toBe(true);
  });

  it('changes nothing for a model that does not tell tokens apart, in an image of equal patches', async () => {
    const source = await contentsOf(releasedFile('flax-mixer.npz'), readNpz);
    const tensors = new Map<string, LazyTensor>();
    for (const [name, shape] of source.shapes) {
      const values = new Float32Array(source.values.get(name)!);
      const columns = shape.at(-1)!;
      if (name.endsWith('token_mixing/Dense_0/kernel')) {
        values.forEach((_, i) => {
          values[i] = values[i % columns]!;
        });
      } else if (name.endsWith('token_mixing/Dense_1/kernel')) {
        values.forEach((_, i) => {
          values[i] = values[Math.floor(i / columns) * columns]!;
        });
      } else if (name.endsWith('token_mixing/Dense_1/bias')) values.fill(values[0]!);
      tensors.set(name, { dtype: 'float32', shape, read: async () => values });
    }
    await writeNpz(at('plain.npz'), tensors, {});
    const image = uniform('patch', [1, 4, 4, 3]);
    await imported(at('plain.npz'), { out: at('plain') });
    const expected = valuesOf(await logitsOf(at('plain'), tf.tile(image, [1, 4, 4, 1])));
    for (const [rows, columns] of [
      [8, 8],
      [5, 3],
      [2, 2],
    ] as const) {
      const out = at(`plain-${rows}-${columns}`);
      await imported(at('plain.npz'), { out, imageSize: [4 * rows, 4 * columns], resample: true });
      expectClose(await logitsOf(out, tf.tile(image, [1, rows, columns, 1])), expected, {
        relative: 1e-5,
      });
    }
  });
});

describe('mixgan import refuses', () => {
  const change = async (
    name: string,
    file: string,
    edit: (tensors: Map<string, LazyTensor>) => void,
  ): Promise<string> => {
    const source = await contentsOf(releasedFile(file), readNpz);
    const tensors = new Map<string, LazyTensor>();
    for (const [key, shape] of source.shapes) {
      const values = new Float32Array(source.values.get(key)!);
      tensors.set(key, { dtype: 'float32', shape, read: async () => values });
    }
    edit(tensors);
    await writeNpz(at(name), tensors, {});
    return at(name);
  };
  const vector = (length: number): LazyTensor => ({
    dtype: 'float32',
    shape: [length],
    read: async () => new Float32Array(length),
  });
  const refusal = async (path: string, flags: Parameters<typeof imported>[1] = {}) => {
    const thrown = await imported(path, { out: at('refused'), ...flags }).catch((error) => error);
    expect(await readdir(folder)).not.toContain('refused');
    return thrown as unknown;
  };

  it('tensors that are missing, unexpected or of another shape, by name', async () => {
    const path = await change('wrong.npz', 'flax-mixer.npz', (tensors) => {
      tensors.delete('MixerBlock_1/LayerNorm_0/scale');
      tensors.set('extra', vector(1));
      tensors.set('MixerBlock_0/channel_mixing/Dense_1/bias', vector(23));
    });
    expect(await refusal(path)).toEqual(
      new InputError(
        `${path} does not hold a whole model: missing MixerBlock_1/LayerNorm_0/scale; unexpected extra; MixerBlock_0/channel_mixing/Dense_1/bias is [23] where the others make it [24]`,
      ),
    );
  });

  it('what tells no sizes', async () => {
    const path = await change('stemless.npz', 'flax-mixer.npz', (tensors) => {
      tensors.delete('stem/kernel');
    });
    expect(await refusal(path)).toEqual(
      new InputError(`${path} does not hold a whole model: missing stem/kernel`),
    );
  });

  it('other models', async () => {
    const path = at('other.npz');
    await writeNpz(
      path,
      new Map([
        ['cls', vector(4)],
        ['pos', vector(4)],
      ]),
      {},
    );
    expect(await refusal(path)).toEqual(
      new InputError(
        `${path} is no Mixer by Flax's or timm's names, and no ResMLP or gMLP by timm's: it has such tensors as cls, pos`,
      ),
    );
  });

  it('a tensor that turns out damaged, and leaves no run', async () => {
    const bytes = await readFile(releasedFile('flax-mixer.npz'));
    const path = at('damaged.npz');
    bytes[bytes.indexOf('head/kernel.npy') + 500]! ^= 1;
    await writeFile(path, bytes);
    expect(await refusal(path)).toEqual(
      new InputError(`${path} is damaged: the checksum of head/kernel.npy does not match`),
    );
  });

  const flax = releasedFile('flax-mixer.npz');
  it.each<[string, Parameters<typeof imported>[1], Error]>([
    [
      'another number of classes',
      { classes: 10 },
      new InputError(
        `${flax} has a head of 7 classes, not of 10; --head drop starts a new one at zero`,
      ),
    ],
    [
      'another size of images',
      { imageSize: [32, 32] },
      new UsageError(
        `${flax} mixes 16 tokens, those of images of 16×16×3; images of 32×32×3 have another number; --resample resizes its token mixing`,
      ),
    ],
    [
      'images that the patches do not divide',
      { imageSize: [18, 16] },
      new UsageError(
        'images of 18×16 do not divide into 4×4 patches; choose a size that they divide',
      ),
    ],
    [
      '--resample without need',
      { resample: true },
      new UsageError(
        `--resample: images of 16×16×3 have the 16 tokens that ${flax} was made for; leave it out`,
      ),
    ],
    [
      'another size of model',
      { preset: 'cifar10-small' },
      new InputError(
        `${flax} holds no cifar10-small: channels 24 in place of 128, tokenDim 12 in place of 64, channelDim 40 in place of 512, numBlocks 2 in place of 8`,
      ),
    ],
  ])('%s', async (_, flags, error) => {
    expect(await refusal(flax, flags)).toEqual(error);
  });

  it('a file without a head, unless a new one is asked for', async () => {
    const path = await change('headless.npz', 'flax-mixer.npz', (tensors) => {
      tensors.delete('head/kernel');
      tensors.delete('head/bias');
    });
    expect(await refusal(path)).toEqual(
      new UsageError(
        `${path} has no head; say how many classes a new one has: --classes N --head drop`,
      ),
    );
    expect(await refusal(path, { classes: 5 })).toEqual(
      new InputError(
        `${path} has a head of no classes, not of 5; --head drop starts a new one at zero`,
      ),
    );
    const document = await imported(path, { out: at('headed'), classes: 5, head: 'drop' });
    expect(document).toMatchObject({ numClasses: 5 });
  });
});

describe('the command line', () => {
  it('imports, and exports again', async () => {
    const [run, out] = [at('cli'), at('cli.npz')];
    const first = await mixgan(['import', releasedFile('flax-mixer.npz'), '--out', run]);
    expect(first).toMatchObject({
      code: 0,
      stdout: `${run}: a mixer of 6,383 parameters for images of 16×16×3 in 7 classes\n`,
      stderr: '',
    });
    expect(await readFile(join(run, 'log.txt'), 'utf8')).toMatch(
      / imported from .*flax-mixer\.npz/,
    );
    const second = await mixgan(['export', run, '--format', 'npz', '--out', out]);
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toBe(`${out}\nimage [batch, 16, 16, 3] → logits [batch, 7]\n`);
  });

  it('predicts the pictures of other sizes', async () => {
    const files = ['red.png', 'grey.png'];
    const rgb = {
      width: 20,
      height: 30,
      channels: 3,
      pixels: new Uint8Array(1800).fill(200),
    } as const;
    await writePng(at('red.png'), {
      ...rgb,
      pixels: rgb.pixels.map((v, i) => (i % 3 === 0 ? v : 0)),
    });
    await writePng(at('grey.png'), {
      width: 16,
      height: 16,
      channels: 1,
      pixels: new Uint8Array(256).fill(128),
    });
    await imported(releasedFile('flax-mixer.npz'), { out: at('pictures') });
    const args = ['predict', 'pictures', ...files, '--engine=cpu', '--json'];
    const { code, stdout } = await mixgan(args, { cwd: folder });
    expect(code).toBe(0);
    const image = (rgb: number[]): tf.Tensor =>
      tf.tile(tf.tensor4d(rgb, [1, 1, 1, 3]), [1, 16, 16, 1]);
    const results = JSON.parse(stdout) as { file: string; probabilities: number[] }[];
    expect(results.map(({ file }) => file)).toEqual(files);
    for (const [i, pixel] of [
      [200, 0, 0],
      [128, 128, 128],
    ].entries()) {
      const logits = await logitsOf(at('pictures'), image(pixel.map((v) => v / 127.5 - 1)));
      const expected = valuesOf(tf.squeeze(tf.softmax(logits)));
      expectClose(tf.tensor1d(results[i]!.probabilities), expected, { relative: 1e-5 });
    }
  });

  it.each<[string, string[], RegExp]>([
    [
      'names without safetensors',
      ['--format', 'onnx', '--names', 'timm'],
      /--names timm is for --format safetensors/,
    ],
    [
      'pixels of our own files',
      ['--format', 'safetensors', '--pixels', 'unit'],
      /--pixels unit is for --format npz/,
    ],
  ])('refuses %s', async (_, args, says) => {
    const { code, stderr } = await mixgan(['export', at('cli'), ...args, '--out', at('none')]);
    expect(code).toBe(ExitCode.usage);
    expect(stderr).toMatch(says);
  });

  it('refuses a size that is none', async () => {
    const args = ['import', releasedFile('flax-mixer.npz'), '--image-size', '0x4'];
    const { code, stderr } = await mixgan(args);
    expect(code).toBe(ExitCode.usage);
    expect(stderr).toMatch(/^mixgan: .*'0x4' is invalid\. A side in pixels is wanted.*\n$/);
  });
});
