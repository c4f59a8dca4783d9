/**
 * Trains each recipe with each seed in turn, for so many seconds, and writes a line of JSON for every
 * score: `node --import tsx samples/mnist-quick/race.ts SECONDS SEEDS FILE.jsonl`, as `… 150 0,1,2 …`.
 *
 * The clock runs while it trains, from before the first step is compiled, and stands while it scores.
 */
import { appendFile } from 'node:fs/promises';
import { judges } from '../../classifier/judges.js';
import { createEvaluation, evaluationProtocol } from '../../gan/evaluate.js';
import { trainGan } from '../../gan/train.js';
import { loadDataset } from '../../src/data/load.js';
import { openEngine } from '../../src/engine/open.js';
import { configOf, recipes } from './recipes.js';

/** A line of the file. */
export interface Score {
  readonly recipe: string;
  readonly seed: number;
  readonly step: number;
  readonly seconds: number;
  /** By extractor, the Fréchet distance over its floor. */
  readonly ratios: Readonly<Record<string, number>>;
}

const [limit, seeds, file] = process.argv.slice(2) as [string, string, string];
const { engine } = await openEngine('onnx');
const data = await loadDataset('mnist');
const extractors = [];
for (const name of judges.forDigits) extractors.push(await judges.open(engine, name));
const evaluation = createEvaluation({
  extractors,
  train: data.train,
  // Distances alone are wanted, of as many images as in every published figure.
  protocol: { ...evaluationProtocol, manifoldSamples: 100 },
});
// What the reals need is computed before any clock runs.
await evaluation.floors();

for (const seed of seeds.split(',').map(Number)) {
  for (const recipe of recipes) {
    const config = configOf(recipe, seed);
    const { latentDim } = config.generator;
    const began = performance.now();
    let scoring = 0;
    let taken = 0;
    const seconds = (): number => (performance.now() - began - scoring) / 1000;
    const up = new AbortController();
    await trainGan({
      ...{ config, data, engine, signal: up.signal },
      onStep(step) {
        taken = step;
        if (seconds() > Number(limit)) up.abort();
      },
      async evaluate(sampler) {
        const at = { step: taken + 1, seconds: seconds() };
        const before = performance.now();
        const { extractors: scores } = await evaluation.evaluate(sampler, { latentDim });
        const ratios = Object.fromEntries(
          scores.map(({ extractor, frechetRatio }) => [extractor, frechetRatio]),
        );
        scoring += performance.now() - before;
        const score: Score = { recipe: recipe.name, seed, ...at, ratios };
        await appendFile(file, `${JSON.stringify(score)}\n`);
        return {};
      },
    });
  }
}
