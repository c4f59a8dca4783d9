import { setFlagsFromString } from 'node:v8';

/** Versions of Node whose V8 was seen to know the flag; another one would complain of it. */
const newestKnown = 24;

/**
 * Keeps what a long training holds flat. Some of what every step makes outlives V8's quick
 * collections, and by itself V8 lets that become as much as half of the heap, over tens of thousands
 * of steps, before it collects the whole. From here on it does so when the heap has grown by a tenth,
 * or by some megabytes: tens of milliseconds, every ten thousand steps or more.
 *
 * It acts on the whole process, so that it is for programs, not for the library, to call.
 */
export function keepHeapFlat(): void {
  const [major] = process.versions.node.split('.').map(Number);
  if (major! <= newestKnown) setFlagsFromString('--heap-growing-percent=10');
}
