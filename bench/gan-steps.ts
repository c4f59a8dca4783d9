/**
 * What a step of `mnist-best` takes on one thread under a change, and how many steps take as long
 * as 1,500 of the preset's: with other numbers of Mixer blocks, or with what is given as for `--set`.
 *
 *     node --import tsx bench/gan-steps.ts
 *     node --import tsx bench/gan-steps.ts penalty.kind=none discriminator.stem=patch
 *
 * The variants take turns, and of each one's times the lower quartile counts: whatever else a machine
 * does can only lengthen them.
 */
import type { GanConfig } from '../gan/config.js';
import { ganPresets } from '../gan/presets.js';
import { ganSettings } from '../gan/settings.js';
import { quantile } from '../src/arrays.js';
import { changedConfig } from '../src/config/resolve.js';
import { openEngine } from '../src/engine/open.js';
import { grouped, table } from '../src/text.js';
import { ganWorkload } from './workloads.js';

const rounds = 7;
const presetSteps = 1500;
const preset = ganPresets['mnist-best']!;

/** The preset under other numbers of blocks: the generator's at 7 × 7 and 14 × 14, the discriminator's. */
const blocks = (at7: number, at14: number, discriminator: number): string[] => [
  `generator.stages.0.numBlocks=${at7}`,
  `generator.stages.1.numBlocks=${at14}`,
  `discriminator.numBlocks=${discriminator}`,
];

const blockCounts: Readonly<Record<string, readonly string[]>> = {
  'generator 0 + 0': blocks(0, 0, 2),
  'generator 0 + 1': blocks(0, 1, 2),
  'generator 1 + 1': blocks(1, 1, 2),
  'generator 3 + 1': blocks(3, 1, 2),
  'generator 7 + 1': blocks(7, 1, 2),
  'discriminator 0': blocks(2, 1, 0),
  'discriminator 1': blocks(2, 1, 1),
  'discriminator 4': blocks(2, 1, 4),
  'discriminator 8': blocks(2, 1, 8),
};

const withChanges = (assignments: readonly string[]): GanConfig =>
  changedConfig(ganSettings, preset, { changes: assignments });

const asked = process.argv.slice(2);
const changes =
  asked.length > 0 ? Object.fromEntries(asked.map((change) => [change, [change]])) : blockCounts;
const variants: Readonly<Record<string, GanConfig>> = {
  preset,
  ...Object.fromEntries(
    Object.entries(changes).map(([name, assignments]) => [name, withChanges(assignments)]),
  ),
  '--arch dcgan': changedConfig(ganSettings, preset, { arch: 'dcgan', changes: [] }),
};

const { engine } = await openEngine('onnx', undefined, { threads: 1 });
const racers = Object.entries(variants).map(([name, config]) => ({
  name,
  workload: ganWorkload(engine, config),
  steps: config.penalty.every,
  times: [] as number[],
}));
for (const { workload } of racers) await workload.run();
for (let round = 0; round < rounds; round++) {
  for (const { workload, steps, times } of racers) {
    const began = performance.now();
    await workload.run();
    times.push((performance.now() - began) / steps);
  }
}

const lowerQuartile = (times: readonly number[]): number =>
  quantile(
    times.toSorted((a, b) => a - b),
    0.25,
  );
const presetTime = lowerQuartile(racers[0]!.times);
const rows = racers.map(({ name, times }) => {
  const time = lowerQuartile(times);
  return [name, time.toFixed(1), grouped(Math.round((presetSteps * presetTime) / time))];
});
process.stdout.write(`${table(['variant', 'ms per step', 'steps in the same time'], rows)}\n`);
