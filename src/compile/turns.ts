/**
 * Runs of steps take turns, on all engines: one reads the state that the one before it left.
 */

let last: Promise<unknown> = Promise.resolve();

/** Runs `task` when every earlier one has settled, whether it succeeded or not. */
export function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const run = last.then(task);
  last = run.then(
    () => undefined,
    () => undefined,
  );
  return run;
}
