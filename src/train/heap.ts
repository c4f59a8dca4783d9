import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Between two collections. */
const minute = 60_000;

/**
 * Keeps what a long training holds flat. Some of what every step makes outlives V8's quick
 * collections, and by itself V8 lets that become as much as half of the heap, over tens of thousands
 * of steps, before it collects the whole. From here on the whole is collected once a minute, which
 * takes some tens of milliseconds.
 *
 * Letting V8 do so by itself, at a heap that has grown by a tenth, is no way: memory that arrays have
 * outside of the heap counts as growth, and it then collects every third step of a small model.
 *
 * It acts on the whole process, so that it is for programs, not for the library, to call.
 *
 * @returns what ends it; it does not keep the process from ending
 */
export function keepHeapFlat(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const timer = setInterval(collect, minute);
  timer.unref();
  return () => clearInterval(timer);
}
