/**
 * What talking costs: a GAN's steps, with one thread a rank, in turns.
 *
 *     mpirun -n 2 node --import tsx bench/ranks.ts [PRESET [ROUNDS]]
 *
 * `whole`: by every rank on its own, a batch; `share`: likewise, a batch as small as its share; `mute`: its
 * share of the batch, without a word; `together`. `wait` and `sum`: of a step together, how long the first
 * rank waits for the last, and what talking takes then.
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
import { findPlace } from '../src/mpi/places.js';
import { MpiWorld } from '../src/mpi/world.js';
import { shareOf } from '../src/train/share.js';
import { Team } from '../src/train/team.js';
import { alone as silent } from '../src/train/world.js';

const [preset = 'mnist-quick', rounds = '12'] = process.argv.slice(2);
const stepsOfRound = 16;

const config = ganPresets[preset]!;
const world = MpiWorld.join(launcherOf(process.env));
const team = new Team(world);
world.isCrowded = (await findPlace(team)).isCrowded;
const { engine } = await openEngine('onnx', undefined, { threads: 1 });
const { train, test } = await loadDataset(config.data, config);
const batches = ganBatches({ config, reals: train, heldOut: test });
const made = Array.from({ length: 16 }, (_, step) => batches(step));
const rates = {
  discriminatorRate: scalar(1e-5),
  generatorRate: scalar(1e-5),
  emaDecay: scalar(0.99),
};

/** Ranks that do everything but talk. */
const mute = new Team({ ...silent, rank: team.rank, size: team.size });
let [waited, added] = [0, 0];
/** What a rank waits for the others is not what talking costs: all begin each sum together. */
const timed = new Team({
  ...{ rank: world.rank, size: world.size },
  max: (values) => world.max(values),
  broadcast: (bytes) => world.broadcast(bytes),
  gather: (bytes) => world.gather(bytes),
  async sum(values) {
    const came = performance.now();
    await world.max(new Float64Array(1));
    const began = performance.now();
    await world.sum(values);
    waited += began - came;
    added += performance.now() - began;
  },
});
const stepFor = (team?: Team) => {
  const gan = new Gan(config, [train.height, train.width, 1]);
  return { gan, run: compileGanStep(engine, gan, config, team) };
};
const whole = stepFor();
const share = stepFor();
const others = { mute: stepFor(mute), together: stepFor(team), timed: stepFor(timed) };
const own = made.map((batch) => ({
  discriminator: shareOf(batch.discriminator, config.batchSize, team),
  generator: batch.generator && shareOf(batch.generator, config.batchSize, team),
}));
const variants = {
  whole: (i: number) => whole.run(false, made[i]!, rates),
  share: (i: number) => share.run(false, own[i]!, rates),
  mute: (i: number) => others.mute.run(false, made[i]!, rates),
  together: (i: number) => others.together.run(false, made[i]!, rates),
  timed: (i: number) => others.timed.run(false, made[i]!, rates),
};
const names = [...(Object.keys(variants) as (keyof typeof variants)[]), 'wait', 'sum'] as const;
const times = Object.fromEntries(names.map((name) => [name, [] as number[]]));

for (let round = -1; round < Number(rounds); round++) {
  for (const [name, step] of Object.entries(variants)) {
    for (let i = 0; i < stepsOfRound; i++) {
      // All begin at the same time; a step is over when the last of them is.
      await team.agree(() => 0);
      [waited, added] = [0, 0];
      const began = performance.now();
      await step(i % made.length);
      if (round < 0) continue;
      times[name]!.push(performance.now() - began);
      if (name !== 'timed') continue;
      times.wait!.push(waited);
      times.sum!.push(added);
    }
  }
}
/** Of the slowest rank of each step a low quantile. */
const low = async (name: string): Promise<number> => {
  const slowest = Float64Array.from(times[name]!);
  await world.max(slowest);
  return quantile(slowest.sort(), 0.2);
};
const ms: Record<string, number> = {};
for (const name of names) ms[`${name}Ms`] = await low(name);
const parameters = [...whole.gan.state].reduce(
  (sum, [name, { size }]) => sum + (/^(generator|discriminator)\//.test(name) ? size : 0),
  0,
);
if (team.isFirst) {
  const shares = {
    talkShare: ms.sumMs! / ms.timedMs!,
    talkAndWaitShare: (ms.togetherMs! - ms.muteMs!) / ms.togetherMs!,
  };
  const rounded = Object.entries({ ...ms, ...shares }).map(([name, value]) => [
    name,
    Number(value.toPrecision(3)),
  ]);
  process.stdout.write(
    `${JSON.stringify({ preset, ranks: team.size, library: world.library, parameters, ...Object.fromEntries(rounded) })}\n`,
  );
}
world.leave();
process.exit(0);
