/**
 * How far a Fréchet distance depends on the draw: of runs on one set of images, over that of real
 * ones, each time with other latents and with other real images on both sides. Chance alone makes the classes of
 * 4,000 pictures more or less even.
 *
 *     node --import tsx samples/redrawn.ts RUN...
 */
import { openDataExtractors } from '../classifier/data-extractors.js';
import { restoreGenerator } from '../gan/checkpoint.js';
import { conditionsOf } from '../gan/condition.js';
import { createEvaluation, evaluationProtocol } from '../gan/evaluate.js';
import { createSampler } from '../gan/sample.js';
import { ganSettings } from '../gan/settings.js';
import { quantile } from '../src/arrays.js';
import { loadDataset } from '../src/data/load.js';
import { openEngine } from '../src/engine/open.js';
import { openRunOf } from '../src/family/open.js';

/** 0 is that of `mixgan evaluate`. */
const seeds = [0, 1, 2, 3, 4];

if (process.argv.length === 2) {
  process.stderr.write('usage: node --import tsx samples/redrawn.ts RUN...\n');
  process.exit(2);
}
const runs = await Promise.all(process.argv.slice(2).map((run) => openRunOf(ganSettings, run)));
const { engine } = await openEngine('auto');
const [{ config }] = runs as [(typeof runs)[number]];
const { train, test } = await loadDataset(config.data, config);
const generators = await Promise.all(
  runs.map(async ({ path, config, checkpoint }) => {
    const { generator } = restoreGenerator(config, await checkpoint());
    const { latentDim } = config.generator;
    const sampler = createSampler(engine, generator);
    const told = { latentDim, conditions: conditionsOf(config, train) };
    return { path, told, sampler, ratios: new Map<string, number[]>() };
  }),
);
const extractors = await openDataExtractors(
  async () => engine,
  { train, test },
  { train: true, source: config.data, say: (line) => process.stderr.write(`${line}\n`) },
);

for (const seed of seeds) {
  const protocol = { ...evaluationProtocol, seed };
  const evaluation = createEvaluation({ extractors: extractors!, train, protocol });
  for (const { path, sampler, told, ratios } of generators) {
    const { extractors: judged } = await evaluation.evaluate(sampler, told);
    for (const { extractor, frechetRatio } of judged) {
      process.stderr.write(`${path} seed ${seed} ${extractor} ${frechetRatio.toFixed(2)}\n`);
      ratios.set(extractor, [...(ratios.get(extractor) ?? []), frechetRatio]);
    }
  }
}

const print = (line: string) => process.stdout.write(`${line}\n`);
print('| run | by | least | median | most |');
print('| --- | --- | ---: | ---: | ---: |');
for (const { path, ratios } of generators) {
  for (const [extractor, values] of ratios) {
    const sorted = values.toSorted((a, b) => a - b);
    const shown = [0, 0.5, 1].map((share) => quantile(sorted, share).toFixed(2));
    print(`| ${[path, extractor, ...shown].join(' | ')} |`);
  }
}
