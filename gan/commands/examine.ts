import { z } from 'zod';
import { loadDataset } from '../../src/data/load.js';
import { InputError } from '../../src/errors.js';
import { type Examination, sheetColumns } from '../../src/family/examination.js';
import type { RunCommand } from '../../src/family/family.js';
import { dataFlag, outFlag, seedFlag } from '../../src/family/flags.js';
import { makeExaminationFolder, writeExamination } from '../../src/family/write-examination.js';
import { grouped } from '../../src/text.js';
import type { GanConfig } from '../config.js';

const flags = z.strictObject({
  ...dataFlag,
  ...seedFlag,
  out: outFlag('folder to write examination.json and pictures.png into').default('examination'),
});

/** Pictures whose neighbours are shown, and how many of those. */
const fakeCount = 20;
const neighbourCount = 5;
/** Pictures that coverage is computed of. */
const sampleCount = 1000;
/** Fewer real images have no fifth neighbour. */
const fewestReals = 6;

/** `mixgan examine RUN` for a run of a GAN: whether it copies, and what it leaves out. */
export const examine: RunCommand<GanConfig, typeof flags> = {
  flags,
  computes: true,
  async run({ path, config, checkpoint: load }, { data, seed, out }, context) {
    const [
      { restoreGenerator },
      { createSampler, drawSamples },
      { coverageByClass, nearestTraining },
      { toBytes },
      { gatherBytes },
      { RandomStream },
    ] = await Promise.all([
      import('../checkpoint.js'),
      import('../sample.js'),
      import('../examine.js'),
      import('../../src/image/grid.js'),
      import('../../src/data/batches.js'),
      import('../../src/random.js'),
    ]);
    const checkpoint = await load();
    const { train } = await loadDataset(data ?? config.data, { ...config, say: context.say });
    const engine = await context.engine();
    const { generator, imageShape, conditions } = restoreGenerator(config, checkpoint);
    const shape = [train.height, train.width, train.channels];
    if (shape.join() !== imageShape.join()) {
      throw new InputError(
        `${path} draws images of ${imageShape.join('×')}, but ${train.name} has ${shape.join('×')}`,
      );
    }
    if (train.count < fewestReals) {
      throw new InputError(`${train.name}: an examination needs at least ${fewestReals} images`);
    }
    await makeExaminationFolder(out);
    const samples = Math.min(sampleCount, train.count);
    const sampler = createSampler(engine, generator);
    const { latentDim } = config.generator;
    const asked = { count: Math.max(samples, fakeCount), seed };
    const drawn = toBytes(
      (await drawSamples(sampler, { path, latentDim, conditions }, asked)).pixels,
    );
    context.say(`drew ${grouped(asked.count)} pictures`);
    const size = shape.reduce((a, b) => a * b);
    const shown = drawn.subarray(0, fakeCount * size);
    let said = 0;
    const nearest = nearestTraining(shown, train, neighbourCount, (done) => {
      if (done < train.count && done - said < train.count / 10) return;
      said = done;
      context.say(`compared with ${grouped(done)} of ${grouped(train.count)} training images`);
    });
    const random = RandomStream.fromSeed(seed).split('examination');
    const coverage = coverageByClass(drawn.subarray(0, samples * size), train, random);
    const flat = nearest.flat();
    const pixels = gatherBytes(
      train,
      Uint32Array.from(flat, ({ index }) => index),
    );
    const sheet = new Uint8Array(shown.length + pixels.length);
    sheet.set(shown);
    sheet.set(pixels, shown.length);
    let place = fakeCount;
    const examination: Examination = {
      run: path,
      step: checkpoint.step,
      data: train.name,
      classNames: [...train.classNames],
      sheet: { count: fakeCount + flat.length, columns: sheetColumns, shape: [...imageShape] },
      drawing: {
        samples,
        coverage,
        fakes: nearest.map((neighbours, i) => ({
          place: i,
          neighbours: neighbours.map(({ index, distance }) => ({
            ...{ place: place++, index, distance },
            ...(train.labels && { label: Number(train.labels[index]) }),
          })),
        })),
      },
    };
    await writeExamination(out, examination, sheet);
    return { document: { ...examination, folder: out }, text: () => out };
  },
};
