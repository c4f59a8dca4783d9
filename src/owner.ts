/**
 * Which process this is, and whether another one still runs: what a lock needs to know.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemErrorCode } from './errors.js';

/** A process, told apart from all others, of other machines too. */
export interface Owner {
  readonly pid: number;
  /** The name of its machine, for people. */
  readonly host: string;
  /**
   * Where its number means something: the machine since its last start, and on Linux the namespace
   * of numbers, which a container has of its own.
   */
  readonly place: string;
  /** When it was started, by the system's own clock: numbers are used again. Empty where unknown. */
  readonly started: string;
}

let own: Owner | undefined;

/** The process that asks. */
export function thisProcess(): Owner {
  own ??= {
    pid: process.pid,
    host: hostname(),
    place: placeOf(hostname()),
    started: statusOf(process.pid)?.started ?? '',
  };
  return own;
}

/**
 * Whether a process still runs; undefined where that cannot be told from here.
 * @param process without `started` any process of that number will do
 */
export function isRunning({
  pid,
  place,
  started = '',
}: Pick<Owner, 'pid' | 'place'> & Partial<Owner>): boolean | undefined {
  if (place !== thisProcess().place) return undefined;
  const status = statusOf(pid);
  if (status !== undefined) {
    return !status.isOver && (started === '' || status.started === started);
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // It runs, but is somebody else's.
    return systemErrorCode(thrown) === 'EPERM';
  }
}

function placeOf(host: string): string {
  const parts = [
    host,
    tried(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    tried(() => readlinkSync('/proc/self/ns/pid')),
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

/** What Linux tells of a process; undefined elsewhere, and where there is none. */
function statusOf(pid: number): { started: string; isOver: boolean } | undefined {
  const text = tried(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The second field, the program's name, may hold anything; proc_pid_stat(5) has the others.
  const [state, ...others] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const started = others[18];
  if (state === undefined || started === undefined) return undefined;
  return { started, isOver: state === 'Z' || state === 'X' };
}

function tried(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
