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
// A sum whose bits tell in which order it was made; all of four ranks know what each gives.
const partOf = (of: number): Float32Array =>
  Float32Array.from({ length: 100_000 }, (_, i) => Math.sin(37 * i + of) * 10 ** (of % 4));
const inPairs = (from: number, to: number): Float32Array => {
  if (to === from + 1) return partOf(from);
  const half = (from + to) / 2;
  const [a, b] = [inPairs(from, half), inPairs(half, to)];
  return a.map((value, i) => value + b[i]!);
};
const added = partOf(rank);
await team.sum(added);
const isInPairs = size === 4 && inPairs(0, 4).every((value, i) => Object.is(value, added[i]));
const ranks = await team.gathered({ rank, text: 'é'.repeat(rank) });
const shared = await team.shared(() => ({ from: rank, long: 'x'.repeat(100_000) }));
const greatest = await team.agree(() => rank);
const pairs = await team.gathered(isInPairs);
const all = await team.gathered(isRight && shared.from === 0 && shared.long.length === 100_000);
if (team.isFirst) {
  const texts = ranks.every((one, i) => one.rank === i && one.text === 'é'.repeat(i));
  process.stdout.write(
    `${JSON.stringify({ size, texts, greatest, all: all.every(Boolean), pairs: pairs.every(Boolean), version: world.library })}\n`,
  );
}
world.leave();
