/**
 * What talking costs: a GAN's steps by every rank on its own, and together, in turns.
 *
 *     mpirun -n 2 node --import tsx bench/ranks.ts [PRESET]
 */

import { ganBatches } from '../gan/batches.js';
import { Gan } from '../gan/gan.js';
import { ganPresets } from '../gan/presets.js';
import { compileGanStep } from '../gan/updates.js';
import { quantile } from '../src/arrays.js';
import { scalar } from '../src/compile/step.js';
import { loadDataset } from '../src/data/load.js';
import { openEngine } from '../src/engine/open.js';
import { launcherOf } from '../src/mpi/launcher.js';
import { MpiWorld } from '../src/mpi/world.js';
import { Team } from '../src/train/team.js';
import { alone as silent } from '../src/train/world.js';

const [preset = 'mnist-quick', rounds = '12'] = process.argv.slice(2);
const stepsOfRound = 16;

const config = ganPresets[preset]!;
const world = MpiWorld.join(launcherOf(process.env));
const team = new Team(world);
const { engine } = await openEngine('onnx', undefined, { threads: 1 });
const { train, test } = await loadDataset(config.data, config);
const share = { rank: team.rank, size: team.size };
const batches = ganBatches({ config, reals: train, heldOut: test, share });
const made = Array.from({ length: 16 }, (_, step) => batches(step));
const rates = {
  discriminatorRate: scalar(1e-5),
  generatorRate: scalar(1e-5),
  emaDecay: scalar(0.99),
};

const gans = [0, 1, 2].map(() => new Gan(config, [train.height, train.width, 1]));
const alone = compileGanStep(engine, gans[0]!, config);
const together = compileGanStep(engine, gans[1]!, config, team);
/** Ranks that do everything but talk. */
const mute = new Team({ ...silent, rank: team.rank, size: team.size });
const cut = compileGanStep(engine, gans[2]!, config, mute);
const times = {
  alone: [] as number[],
  cut: [] as number[],
  together: [] as number[],
  sum: [] as number[],
};
const parameters = [...gans[0]!.state].reduce(
  (sum, [name, { size }]) => sum + (/^(generator|discriminator)\//.test(name) ? size : 0),
  0,
);
const vector = new Float32Array(parameters);

for (let round = -1; round < Number(rounds); round++) {
  for (const [name, step] of Object.entries({ alone, cut, together })) {
    for (let i = 0; i < stepsOfRound; i++) {
      // All begin at the same time; a step is over when the last of them is.
      await team.agree(() => 0);
      const began = performance.now();
      await step(false, made[i % made.length]!, rates);
      if (round >= 0) times[name as keyof typeof times].push(performance.now() - began);
    }
  }
  for (let i = 0; i < stepsOfRound; i++) {
    await team.agree(() => 0);
    const began = performance.now();
    await team.sum(vector);
    if (round >= 0) times.sum.push(performance.now() - began);
  }
}
/** Of the slowest rank of each step a low quantile. */
const low = async (own: readonly number[]): Promise<number> => {
  const slowest = Float64Array.from(own);
  await world.max(slowest);
  return quantile(slowest.sort(), 0.2);
};
const a = await low(times.alone);
const c = await low(times.cut);
const t = await low(times.together);
const s = await low(times.sum);
if (team.isFirst) {
  process.stdout.write(
    `${JSON.stringify({ preset, ranks: team.size, library: world.library, parameters, aloneMs: a, cutMs: c, togetherMs: t, sumMs: s, talkShare: (t - c) / t, costShare: (t - a) / t })}\n`,
  );
}
world.leave();
process.exit(0);
