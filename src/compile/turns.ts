/**
 * Runs of steps take turns, on all engines: one reads the state that the one before it left.
 */

let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** Whether a run is under way, or waits for its turn. */
export const runsUnderWay = (): boolean => waiting > 0;

/** Runs `task` when every earlier one has settled, whether it succeeded or not. */
export function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const run = last.then(task);
  const over = (): void => {
    waiting--;
  };
  waiting++;
  last = run.then(over, over);
  return run;
}
