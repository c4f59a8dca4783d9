/**
 * What recall and coverage make of real digits that were damaged: each takes the place of the fakes
 * in an evaluation, against training digits.
 *
 *     node --import tsx samples/mnist/recall.ts
 *
 * Axes: N digits, H × W pixels.
 */
import { bundledExtractors, openBundledExtractor } from '../../classifier/extractors.js';
import { createEvaluation } from '../../gan/evaluate.js';
import { loadDataset } from '../../src/data/load.js';
import { openEngine } from '../../src/engine/open.js';
import { RandomStream } from '../../src/random.js';

const black = -1;

const { train, test } = await loadDataset('mnist');
const { count, height, width } = test;
const area = height * width;
const { engine } = await openEngine('auto');
const evaluation = createEvaluation({
  extractors: await Promise.all(
    bundledExtractors.map((name) => openBundledExtractor(engine, name)),
  ),
  train,
  protocol: { seed: 0, samples: count, manifoldSamples: count },
});

/** Digits that no training saw, [N, H, W, 1] in −1 … 1. */
const digits = Float32Array.from(test.images, (byte) => byte / 127.5 - 1);

/** Every digit with `share` of the next one over it. */
const mixed = (share: number): Float32Array =>
  digits.map((value, i) => (1 - share) * value + share * digits[(i + area) % digits.length]!);

/** Every digit without a square of `side` pixels, somewhere in its middle. */
function erased(side: number): Float32Array {
  const random = RandomStream.fromSeed(0).split('squares');
  const damaged = digits.slice();
  for (let first = 0; first < damaged.length; first += area) {
    const [top, left] = [height, width].map((size) =>
      Math.floor(random.uniform(size / 4, (3 * size) / 4 - side + 1)),
    ) as [number, number];
    for (let y = top; y < top + side; y++) {
      const row = first + y * width + left;
      damaged.fill(black, row, row + side);
    }
  }
  return damaged;
}

const subjects = {
  'as they are': digits,
  'with 20% of another over them': mixed(0.2),
  'with 35% of another over them': mixed(0.35),
  'without a square of 4 × 4': erased(4),
  'without a square of 6 × 6': erased(6),
};

const print = (line: string) => process.stdout.write(`${line}\n`);

print('| real digits | by | × floor | precision | recall | density | coverage |');
print('| --- | --- | ---: | ---: | ---: | ---: | ---: |');
for (const [subject, images] of Object.entries(subjects)) {
  const result = await evaluation.evaluate(async () => images, { latentDim: 1 });
  for (const { extractor, generated, frechetRatio } of result.extractors) {
    const { precision, recall, density, coverage } = generated;
    const scores = [precision, recall, density, coverage].map((score) => score.toFixed(3));
    print(`| ${[subject, extractor, frechetRatio.toFixed(2), ...scores].join(' | ')} |`);
  }
}
