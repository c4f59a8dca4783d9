/**
 * Preparing the next batches while the current step runs.
 */
import { setImmediate } from 'node:timers/promises';

export interface Prefetched<T> {
  /** What `make(step)` returned or threw. */
  next(step: number): Promise<T>;
}

/**
 * Calls `make` ahead of time, between the turns of the event loop, for the steps after the one
 * last asked for. Any step may be asked for, so `make` should depend on the step alone; steps in
 * sequence are the ones found ready. An error of `make` comes out of the `next` of its step, and a
 * step never asked for fails silently.
 *
 * @param options.from the first step, prepared at once
 * @param options.depth how many steps to be ahead, at least 1
 */
export function prefetched<T>(
  make: (step: number) => T | Promise<T>,
  options: { from: number; depth: number },
): Prefetched<T> {
  const { from, depth } = options;
  if (!Number.isInteger(depth) || depth < 1) {
    throw new RangeError(`the depth of prefetching is an integer from 1, not ${depth}`);
  }
  const inFlight = new Map<number, Promise<T>>();

  const start = (step: number): Promise<T> => {
    const known = inFlight.get(step);
    if (known !== undefined) return known;
    const made = setImmediate().then(() => make(step));
    // Its step may be asked for much later, and Node ends the process on an unhandled rejection.
    made.catch(() => undefined);
    inFlight.set(step, made);
    return made;
  };
  const startFrom = (first: number): void => {
    for (let step = first; step < first + depth; step++) void start(step);
  };

  startFrom(from);
  return {
    next(step) {
      const made = start(step);
      for (const other of inFlight.keys()) {
        if (other <= step || other > step + depth) inFlight.delete(other);
      }
      startFrom(step + 1);
      return made;
    },
  };
}
