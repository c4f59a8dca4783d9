/**
 * The project's own command line, run beside the server: what computes keeps its thread busy, and
 * would keep the server from answering.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';

/** How `mixgan` is started here. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Ended {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  /** The last lines of it. */
  readonly stderr: string;
}

const longestOutput = 2 ** 22;

/**
 * Starts a command, and gathers what it says.
 * @param isAside whether it gives way to whatever else the machine does
 */
export function start(
  { program, args: before }: CommandLine,
  args: readonly string[],
  isAside = false,
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  // A Ctrl-C in the terminal is for the server, which then asks its trainings to stop.
  const child = spawn(program, [...before, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (isAside && child.pid !== undefined) giveWay(child.pid);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      said[name] = (said[name] + text).slice(-longestOutput);
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => resolve({ code: 1, stdout: '', stderr: error.message }));
    child.once('close', (code) => resolve({ code, ...said }));
  });
  return { child, ended };
}

function giveWay(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It is over already, or the system has no such thing.
  }
}

/** What a command that failed said last, without the program's name. */
export const problemOf = ({ stderr, code }: Ended): string =>
  stderr
    .trim()
    .split(/[\r\n]+/)
    .at(-1)
    ?.replace(/^mixgan: /, '') || `it ended with code ${code}`;

/** A command as one types it into a shell. */
export const typed = (args: readonly string[]): string =>
  ['mixgan', ...args].map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : quoted(arg))).join(' ');

const quoted = (arg: string): string => `'${arg.replaceAll("'", `'\\''`)}'`;
