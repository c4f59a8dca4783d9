/**
 * Ctrl+C that loses nothing: the first signal asks a training to stop after its step.
 */
import { ExitCode } from '../errors.js';

export interface Interrupt {
  /** Whether a signal asked to stop. */
  readonly requested: boolean;
  /** The signal that asked first. */
  readonly signal: NodeJS.Signals | undefined;
  /** Gives the signals back to Node's own handling. */
  dispose(): void;
}

export interface InterruptOptions {
  /** Called once, on the first signal: the place to say that the run is being saved. */
  readonly onRequest?: (signal: NodeJS.Signals) => void;
}

/**
 * One Ctrl+C may arrive several times: the terminal signals every process of the foreground group,
 * and a process runner (`npm start`) passes it on to its child again. A person is slower than this.
 */
const repeatMs = 300;

/**
 * Listens for SIGINT, SIGTERM and SIGHUP. The first sets `requested`; a SIGINT that follows it by more than
 * 0.3 s ends the process at once with code 130.
 *
 * Node delivers signals only when the event loop turns, which awaiting an already settled promise
 * does not do: a loop awaits `setImmediate` of `node:timers/promises` before it reads `requested`.
 */
export function onInterrupt({ onRequest }: InterruptOptions = {}): Interrupt {
  let first: { readonly signal: NodeJS.Signals; readonly time: number } | undefined;

  const handle = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = { signal, time: performance.now() };
      onRequest?.(signal);
    } else if (signal === 'SIGINT' && performance.now() - first.time > repeatMs) {
      process.exit(ExitCode.interrupted);
    }
  };

  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  // The terminal was closed.
  process.on('SIGHUP', handle);
  return {
    get requested() {
      return first !== undefined;
    },
    get signal() {
      return first?.signal;
    },
    dispose() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
      process.off('SIGHUP', handle);
    },
  };
}

/**
 * Runs a training that the first signal asks to stop.
 * @param task takes what asks it to stop; its reason is a line for who watches
 */
export async function interruptible<T>(task: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = onInterrupt({
    onRequest: () => stop.abort('finishing the step and saving; press Ctrl-C again to quit now'),
  });
  try {
    return await task(stop.signal);
  } finally {
    interrupt.dispose();
  }
}
