/**
 * Waiting for other processes: busy at first, because most waits are short and large sums move on only
 * when they are asked for, then asleep for a little while at a time, with turns of the event loop in
 * between, so that signals are heard. Where there are more processes than cores, they are hardly ever busy,
 * so that others compute meanwhile.
 *
 * MPI's own waits do none of this: they keep a core busy, and hear nothing.
 */
import { eventLoopTurn } from '../turn.js';

/** For how many milliseconds a process is busy that has a core, and one that has to share it. */
export const busyMs = { own: 2, crowded: 0.05 } as const;
/** In milliseconds: naps begin with one hardly longer than the system's own latency … */
const shortestNap = 0.02;
/** … and grow by a quarter each to this. */
const longestNap = 1;
/** Milliseconds after which the event loop gets a turn, in which batches are made, too. */
const turnEvery = 2;

const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * @param isDone asks, and lets MPI do its work
 * @param busy milliseconds before the first nap
 */
export async function settled(isDone: () => boolean, busy: number): Promise<void> {
  const began = performance.now();
  do {
    if (isDone()) return;
  } while (performance.now() - began < busy);
  let turned = performance.now();
  for (let nap = shortestNap; ; nap = Math.min(longestNap, nap * 1.25)) {
    Atomics.wait(nobody, 0, 0, nap);
    if (isDone()) return;
    if (performance.now() - turned < turnEvery) continue;
    await eventLoopTurn();
    turned = performance.now();
  }
}
