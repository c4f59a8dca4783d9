/**
 * Ctrl+C that loses nothing: the first signal asks a training to stop after its step.
 */
import { constants } from 'node:os';
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
  /** Signals that ask as well, besides those that always do. */
  readonly besides?: readonly NodeJS.Signals[];
}

/**
 * One Ctrl+C may arrive several times: the terminal signals every process of the foreground group,
 * and a process runner (`npm start`) passes it on to its child again. A person is slower than this.
 */
const repeatMs = 300;

/**
 * What asks a training to stop: Ctrl+C, a supervisor, a terminal that was closed, Ctrl+Break of
 * Windows, and the notice that schedulers of batch jobs give. Not SIGQUIT, Ctrl+\\: a process that
 * computes in a native library for minutes hears no signal until that is over, and only those that
 * the system itself handles end it at once. SIGUSR1 starts Node's debugger, unless it is asked for:
 * schedulers of clusters are told to send it, too.
 */
const stopping = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'SIGUSR2'] as const;

/**
 * Listens for what asks to stop. The first sets `requested`; a SIGINT that follows it by more than
 * 0.3 s ends the process at once with code 130.
 *
 * Node delivers signals only when the event loop turns, which awaiting an already settled promise
 * does not do: a loop awaits `eventLoopTurn` before it reads `requested`.
 */
export function onInterrupt({ onRequest, besides = [] }: InterruptOptions = {}): Interrupt {
  const signals = [...stopping, ...besides];
  let first: { readonly signal: NodeJS.Signals; readonly time: number } | undefined;

  const handle = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = { signal, time: performance.now() };
      onRequest?.(signal);
    } else if (signal === 'SIGINT' && performance.now() - first.time > repeatMs) {
      process.exit(exitCodeOf(signal));
    }
  };

  for (const signal of signals) process.on(signal, handle);
  return {
    get requested() {
      return first !== undefined;
    },
    get signal() {
      return first?.signal;
    },
    dispose() {
      for (const signal of signals) process.off(signal, handle);
    },
  };
}

/**
 * Runs a training that the first signal asks to stop.
 *
 * @param task takes what asks it to stop; its reason is a line for who watches
 * @param besides signals that ask as well
 * @returns what it gave, and the signal that asked, if one did
 */
export async function interruptible<T>(
  task: (stop: AbortSignal) => Promise<T>,
  besides: readonly NodeJS.Signals[] = [],
): Promise<{ readonly result: T; readonly signal: NodeJS.Signals | undefined }> {
  const stop = new AbortController();
  const interrupt = onInterrupt({
    besides,
    onRequest: () => stop.abort('finishing the step and saving; press Ctrl-C again to quit now'),
  });
  try {
    return { result: await task(stop.signal), signal: interrupt.signal };
  } finally {
    interrupt.dispose();
  }
}

/**
 * The exit code of what a signal stopped: 128 and its number, as shells give to what it kills; 130
 * for SIGINT, 143 for SIGTERM.
 */
export const exitCodeOf = (signal: NodeJS.Signals | undefined): number =>
  signal === undefined ? ExitCode.interrupted : 128 + constants.signals[signal];
