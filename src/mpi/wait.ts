/**
 * Waiting for other processes: busy at first, because most waits are short, then asleep for a little
 * while at a time, so that a machine with more processes than cores computes instead of waiting, and
 * with turns of the event loop in between, so that signals are heard.
 *
 * MPI's own waits do none of this: they keep a core busy, and hear nothing.
 */
import { eventLoopTurn } from '../turn.js';

/** About 50 µs of a core's time. */
const busyTests = 100;
/** In milliseconds: naps begin with one hardly longer than the system's own latency … */
const shortestNap = 0.02;
/** … and grow by a quarter each to this. */
const longestNap = 1;
/** Milliseconds after which the event loop gets a turn, in which batches are made, too. */
const turnEvery = 2;

const nobody = new Int32Array(new SharedArrayBuffer(4));

/** @param isDone asks, and lets MPI do its work */
export async function settled(isDone: () => boolean): Promise<void> {
  for (let tests = 0; tests < busyTests; tests++) {
    if (isDone()) return;
  }
  let turned = performance.now();
  for (let nap = shortestNap; ; nap = Math.min(longestNap, nap * 1.25)) {
    Atomics.wait(nobody, 0, 0, nap);
    if (isDone()) return;
    if (performance.now() - turned < turnEvery) continue;
    await eventLoopTurn();
    turned = performance.now();
  }
}
