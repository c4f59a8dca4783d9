import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import type { InferenceSession } from 'onnxruntime-node';
import { PbfReader } from 'pbf';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildDcganGenerator } from '../../../gan/dcgan.js';
import { buildDiscriminator } from '../../../gan/discriminator.js';
import { buildGenerator } from '../../../gan/generator.js';
import { loadOrt } from '../../../src/compile/runtime/node/session.js';
import { OutputError } from '../../../src/errors.js';
import { type ExportedModel, weightsOf } from '../../../src/formats/exported-model.js';
import { onnxBytes, writeOnnx } from '../../../src/formats/onnx/write.js';
import { mlpMixer } from '../../../src/mixer/mixer.js';
import { modelVariables } from '../../../src/train/variables.js';
import { uniform } from '../../golden/formula.js';
import { expectClose } from '../../support/close.js';
import { exportedModel, metadata, sizes, stage } from '../exported-model.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const classifier = () =>
  exportedModel(mlpMixer({ ...sizes, imageShape: [8, 8, 2], numClasses: 5 }));

const generator = (upsamplingKernel: number, shape: [number, number, number] = [8, 8, 1]) =>
  exportedModel(buildGenerator({ latentDim: 5, stages: [stage, stage], upsamplingKernel }, shape), {
    inputs: ['latent'],
    output: 'image',
  });

function dcgan(): ExportedModel {
  const config = { latentDim: 3, channels: [6, 4], norm: 'batch' } as const;
  const model = buildDcganGenerator(config, [8, 8, 1], { numClasses: 2 });
  const exported = exportedModel(model, { inputs: ['latent', 'label'], output: 'image' });
  for (const [name, variable] of modelVariables(model, 'model')) {
    if (!name.endsWith('/moving_variance')) continue;
    variable.assign(uniform(name, variable.shape, { scale: 0.5, offset: 1 }));
  }
  return exported;
}

const discriminator = (stem: 'overlap' | 'conv') =>
  exportedModel(buildDiscriminator({ ...sizes, stem }, [8, 8, 1]));

/** x · xᵀ and its like, example by example. */
function products(): ExportedModel {
  const x = tfl.input({ shape: [3, 4] });
  const rows = tfl.layers.dot({ axes: 2 }).apply([x, x]) as tfl.SymbolicTensor;
  const columns = tfl.layers.dot({ axes: 1 }).apply([rows, x]) as tfl.SymbolicTensor;
  return exportedModel(tfl.model({ inputs: x, outputs: columns }));
}

/** The fields of a protobuf message by number: numbers, and the bytes of all else. */
function fieldsOf(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const fields = new Map<number, (number | Uint8Array)[]>();
  new PbfReader(bytes).readFields((tag, _, pbf) => {
    const isNumber = pbf.type === 0;
    const value = isNumber ? pbf.readVarint() : pbf.readBytes();
    fields.set(tag, [...(fields.get(tag) ?? []), value]);
  }, undefined);
  return fields;
}

const text = (value: number | Uint8Array | undefined): string =>
  value === undefined ? '' : Buffer.from(value as Uint8Array).toString('utf8');

async function openInOrt(exported: ExportedModel): Promise<InferenceSession> {
  return loadOrt().InferenceSession.create(await onnxBytes(exported));
}

describe('an exported ONNX model', () => {
  it.each<[string, () => ExportedModel]>([
    ['classifier', classifier],
    [
      'classifier with the tanh GELU',
      () =>
        exportedModel(mlpMixer({ ...sizes, imageShape: [8, 8, 2], numClasses: 5, gelu: 'tanh' })),
    ],
    [
      'classifier of one token and one channel',
      () =>
        exportedModel(mlpMixer({ ...sizes, channels: 1, imageShape: [4, 4, 1], numClasses: 1 })),
    ],
    ['generator with overlapping kernels', () => generator(4)],
    ['generator with kernels as wide as their stride', () => generator(2)],
    ['generator with odd kernels, colours and sides', () => generator(3, [8, 12, 3])],
    [
      'conditional, styled generator',
      () =>
        exportedModel(
          buildGenerator(
            { latentDim: 5, stages: [stage, stage], upsamplingKernel: 4, styled: true },
            [8, 8, 1],
            { numClasses: 3 },
          ),
          { inputs: ['latent', 'label'], output: 'image' },
        ),
    ],
    ['conditional DCGAN generator with running statistics', dcgan],
    ['discriminator with overlapping patches', () => discriminator('overlap')],
    ['discriminator with convolutions', () => discriminator('conv')],
    ['products that onnxruntime has an operator of its own for', products],
  ])('gives what the model gives, at any batch size: %s', async (_, make) => {
    const exported = make();
    const { model, inputs, output } = exported;
    const session = await openInOrt(exported);
    for (const batchSize of [1, 2, 5]) {
      const xs = model.inputs.map(({ shape }, i) =>
        uniform(inputs[i]!, [batchSize, ...(shape.slice(1) as number[])]),
      );
      const feeds = xs.map((x) => new (loadOrt().Tensor)('float32', x.dataSync(), x.shape));
      const feed = Object.fromEntries(inputs.map((name, i) => [name, feeds[i]!]));
      const result = (await session.run(feed))[output]!;
      const expected = { shape: result.dims, values: result.data as Float32Array };
      expectClose(model.predict(xs) as tf.Tensor, expected, { relative: 1e-5, floor: 1 });
    }
    await session.release();
  });

  it('names its input and output, and leaves the batch open', async () => {
    const session = await openInOrt(classifier());
    expect(session.inputMetadata).toMatchObject([
      { name: 'image', type: 'float32', shape: ['batch', 8, 8, 2] },
    ]);
    expect(session.outputMetadata).toMatchObject([
      { name: 'logits', type: 'float32', shape: ['batch', 5] },
    ]);
  });

  it.each<[string, () => ExportedModel]>([
    ['classifier', classifier],
    ['products', products],
  ])('says where it comes from, and needs only standard operators: %s', async (_, make) => {
    const model = fieldsOf(await onnxBytes(make()));
    const messages = (tag: number, within = model) =>
      (within.get(tag) ?? []).map((bytes) => fieldsOf(bytes as Uint8Array));
    const [graph] = messages(7);
    const first = (tag: number) => text(model.get(tag)?.[0]);
    expect({ producer: first(2), version: first(3), doc: first(6) }).toEqual({
      producer: 'mixgan',
      version: '1.2.3',
      doc: 'From one thing to another',
    });
    const entries = messages(14).map((entry) => [text(entry.get(1)![0]), text(entry.get(2)![0])]);
    expect(Object.fromEntries(entries)).toEqual(metadata);
    expect(messages(8).map((opset) => [text(opset.get(1)?.[0]), opset.get(2)])).toEqual([
      ['', [20]],
    ]);
    const nodes = messages(1, graph);
    expect(nodes.length).toBeGreaterThan(1);
    expect(nodes.filter((node) => text(node.get(7)?.[0]) !== '')).toEqual([]);
    expect(messages(11, graph).map((input) => text(input.get(1)![0]))).toEqual(['image']);
  });

  it('has the weights by name', async () => {
    const exported = classifier();
    const [graph] = fieldsOf(await onnxBytes(exported)).get(7) as Uint8Array[];
    const initializers = fieldsOf(graph!).get(5) as Uint8Array[];
    const names = initializers.map((tensor) => text(fieldsOf(tensor).get(8)![0]));
    expect(names.slice(0, 18).sort()).toEqual([...weightsOf(exported.model).keys()].sort());
    expect(new Set(names).size).toBe(names.length);
  });

  it('has the weights of now, and leaves the model alone', async () => {
    const { model, ...rest } = classifier();
    const before = await onnxBytes({ model, ...rest });
    expect(await onnxBytes({ model, ...rest })).toEqual(before);
    model.setWeights(model.getWeights().map((weight) => tf.add(weight, 1)));
    expect(await onnxBytes({ model, ...rest })).not.toEqual(before);
  });

  it('draws values within −1 … 1 where it ends in a tanh, whatever onnxruntime makes of that', async () => {
    const x = tfl.input({ shape: [1] });
    const y = tfl.layers.activation({ activation: 'tanh' }).apply(x) as tfl.SymbolicTensor;
    const session = await openInOrt(exportedModel(tfl.model({ inputs: x, outputs: y })));
    const latents = Float32Array.from({ length: 40_001 }, (_, i) => i / 1000 - 20);
    const { logits } = await session.run({
      image: new (loadOrt().Tensor)('float32', latents, [latents.length, 1]),
    });
    const values = logits!.data as Float32Array;
    expect(values.filter((value) => Math.abs(value) > 1)).toEqual(new Float32Array());
    expect([values[0], values[20_000], values.at(-1)]).toEqual([-1, 0, 1]);
  });
});

describe('writeOnnx', () => {
  it('writes one file, and tells what stands in the way', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mixgan-onnx-'));
    try {
      const exported = classifier();
      const path = join(folder, 'model.onnx');
      expect(await writeOnnx(path, exported)).toEqual([path]);
      expect(new Uint8Array(await readFile(path))).toEqual(
        new Uint8Array(await onnxBytes(exported)),
      );
      await expect(writeOnnx(folder, exported)).rejects.toThrow(
        new OutputError(`cannot write ${folder}: it is a folder; give the name of a file`),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
