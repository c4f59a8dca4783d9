/**
 * What a training in a page tells as it goes. There are no files: who watches is called.
 */
import type { Checkpoint } from '../src/train/checkpoint-format.js';
import type { OpenRecord } from '../src/train/record.js';

export interface Watcher {
  /** A line of numbers, as one of `metrics.jsonl`: `step`, `seconds`, and others by name. */
  readonly onMetrics?: ((record: Readonly<Record<string, number>>) => void) | undefined;
  /** A line of text: what is remarkable, and how the training ended. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** What the training has come to, every `saveEvery` steps and at its end; waited for. */
  readonly onSave?: ((checkpoint: Checkpoint) => void | Promise<void>) | undefined;
}

export const openPageRecord = async ({
  onMetrics,
  onLine,
  onSave,
}: Watcher): ReturnType<OpenRecord<Watcher>> => {
  const began = performance.now();
  const elapsedMs = (): number => performance.now() - began;
  const say = (line: string): void => onLine?.(line);
  return {
    last: {},
    get elapsedMs() {
      return elapsedMs();
    },
    say,
    note: () => undefined,
    hint: say,
    log: (step, values) =>
      onMetrics?.({ step, seconds: Number((elapsedMs() / 1000).toFixed(3)), ...values }),
    timing: (dataWait) => (dataWait === undefined ? {} : { dataWait: Number(dataWait.toFixed(3)) }),
    update: () => undefined,
    save: async (checkpoint) => onSave?.(checkpoint),
    finish: say,
    close: () => undefined,
  };
};
