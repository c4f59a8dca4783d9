/** What each rank of a world does to show that it is one; prints what it got, by rank 0. */
import { launcherOf } from '../../src/mpi/launcher.js';
import { MpiWorld } from '../../src/mpi/world.js';
import { Team } from '../../src/train/team.js';

const world = MpiWorld.join(launcherOf(process.env), process.argv[2]);
const team = new Team(world);
const { rank, size } = world;
// Longer than any implementation sends at once.
const vector = Float32Array.from({ length: 300_000 }, (_, i) => (i % 7) + rank);
for (let i = 0; i < 3; i++) {
  vector.forEach((_, at) => {
    vector[at] = (at % 7) + rank;
  });
  await team.sum(vector);
}
const expected = (at: number): number => size * (at % 7) + (size * (size - 1)) / 2;
const isRight = vector.every((value, at) => value === expected(at));
const ranks = await team.gathered({ rank, text: 'é'.repeat(rank) });
const shared = await team.shared(() => ({ from: rank, long: 'x'.repeat(100_000) }));
const greatest = await team.agree(() => rank);
const all = await team.gathered(isRight && shared.from === 0 && shared.long.length === 100_000);
if (team.isFirst) {
  const texts = ranks.every((one, i) => one.rank === i && one.text === 'é'.repeat(i));
  process.stdout.write(
    `${JSON.stringify({ size, texts, greatest, all: all.every(Boolean), version: world.library })}\n`,
  );
}
world.leave();
