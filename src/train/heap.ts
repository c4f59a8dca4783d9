import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Versions of Node whose V8 was seen to know the flag; another one would complain of it. */
const newestKnown = 24;

/** Milliseconds. */
const minute = 60_000;

/**
 * Keeps what a long training holds flat, and V8 from spending a third of its time on that.
 *
 * V8 begins to mark everything as soon as the heap may grow by less than its part for new objects can
 * hold. After its first full collection that is so for good: models live outside of the heap, and what is
 * in it is not much larger than that part. So the heap may become two and a half times what is alive.
 *
 * And some of what every step makes outlives quick collections. It would take tens of thousands of steps
 * to reach that limit; once a minute the whole is collected, which takes some tens of milliseconds.
 *
 * It acts on the whole process, so that it is for programs, not for the library, to call. The process
 * can end meanwhile.
 */
export function keepHeapFlat(): void {
  const [major] = process.versions.node.split('.').map(Number);
  if (major! <= newestKnown) setFlagsFromString('--heap-growing-percent=150');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setInterval(collect, minute).unref();
}
