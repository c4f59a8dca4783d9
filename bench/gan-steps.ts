/**
 * What a step of `mnist-quick` takes on one thread with other numbers of Mixer blocks, or as a DCGAN,
 * and how many steps take as long as 1,500 of the preset's:
 *
 *     node --import tsx bench/gan-steps.ts
 *
 * The variants take turns, and of each one's times the lower quartile counts: whatever else a machine
 * does can only lengthen them.
 */
import type { GanConfig } from '../gan/config.js';
import { dcganRecipe, ganPresets } from '../gan/presets.js';
import { table } from '../src/cli/output.js';
import { openEngine } from '../src/engine/open.js';
import { grouped } from '../src/text.js';
import { ganWorkload } from './workloads.js';

const rounds = 7;
const presetSteps = 1500;
const preset = ganPresets['mnist-quick']!;

/** @param generator blocks at 7 × 7 and at 14 × 14 */
function withBlocks(generator: readonly [number, number], discriminator: number): GanConfig {
  if (preset.generator.arch !== 'mixer' || preset.discriminator.arch !== 'mixer') {
    throw new Error('mnist-quick has no Mixer blocks');
  }
  const stages = preset.generator.stages.map((stage, i) => ({
    ...stage,
    numBlocks: generator[i]!,
  }));
  return {
    ...preset,
    generator: { ...preset.generator, stages },
    discriminator: { ...preset.discriminator, numBlocks: discriminator },
  };
}

const variants: Readonly<Record<string, GanConfig>> = {
  preset,
  'generator 0 + 0': withBlocks([0, 0], 2),
  'generator 0 + 1': withBlocks([0, 1], 2),
  'generator 1 + 1': withBlocks([1, 1], 2),
  'generator 3 + 1': withBlocks([3, 1], 2),
  'generator 7 + 1': withBlocks([7, 1], 2),
  'discriminator 0': withBlocks([2, 1], 0),
  'discriminator 1': withBlocks([2, 1], 1),
  'discriminator 4': withBlocks([2, 1], 4),
  'discriminator 8': withBlocks([2, 1], 8),
  'generator 0 + 1, discriminator 1': withBlocks([0, 1], 1),
  'none, --arch dcgan': { ...preset, ...dcganRecipe },
};

const { engine } = await openEngine('onnx', undefined, { threads: 1 });
const { every } = preset.penalty;
const racers = Object.entries(variants).map(([name, config]) => ({
  name,
  workload: ganWorkload(engine, config, every),
  times: [] as number[],
}));
for (const { workload } of racers) await workload.run();
for (let round = 0; round < rounds; round++) {
  for (const { workload, times } of racers) {
    const began = performance.now();
    await workload.run();
    times.push((performance.now() - began) / every);
  }
}

const lowerQuartile = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length / 4)]!;
const presetTime = lowerQuartile(racers[0]!.times);
const rows = racers.map(({ name, times }) => {
  const time = lowerQuartile(times);
  return [name, time.toFixed(1), grouped(Math.round((presetSteps * presetTime) / time))];
});
process.stdout.write(`${table(['blocks', 'ms per step', 'steps in the same time'], rows)}\n`);
