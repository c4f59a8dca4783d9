/**
 * Where the ranks of a team compute: which share a machine, its cores and its graphics processors.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import type { Team } from '../train/team.js';
import type { Environment } from './launcher.js';

/** What a rank tells of where it is. */
export interface Place {
  readonly host: string;
  /** The processors that it may run on, as Linux lists them: `0-7,16`. */
  readonly processors: string;
}

/** What is this rank's alone. */
export interface Own {
  /** Cores, 1 or more. */
  readonly cores: number;
  /** Whether there are more ranks than cores to run them. */
  readonly isCrowded: boolean;
  /** Its number among the ranks of this machine, from 0. */
  readonly localRank: number;
  /** How many machines there are. */
  readonly machines: number;
}

/** @param parallelism how many cores the system gives this process */
export function ownOf(places: readonly Place[], rank: number, parallelism: number): Own {
  const { host, processors } = places[rank]!;
  const local = places.flatMap((place, i) => (place.host === host ? [i] : []));
  // Launchers bind ranks to cores, or leave all of them to all.
  const sharing = local.filter((i) => places[i]!.processors === processors).length;
  return {
    cores: Math.max(1, Math.floor(parallelism / sharing)),
    isCrowded: sharing > parallelism,
    localRank: local.indexOf(rank),
    machines: new Set(places.map((place) => place.host)).size,
  };
}

export async function findPlace(team: Team): Promise<Own> {
  const own: Place = { host: hostname(), processors: allowedProcessors() };
  return ownOf(await team.gathered(own), team.rank, availableParallelism());
}

function allowedProcessors(): string {
  const status = tried(() => readFileSync('/proc/self/status', 'latin1'));
  return /^Cpus_allowed_list:\s*(\S+)/m.exec(status ?? '')?.[1] ?? '';
}

/**
 * The graphics processor of a rank, as `CUDA_VISIBLE_DEVICES` names it: one each, in turn where there
 * are more ranks. Undefined where the launcher or the user has chosen, or there are none.
 */
export function deviceOf(
  localRank: number,
  env: Environment,
  devices = nvidiaDevices(),
): string | undefined {
  if (devices === 0 || env.CUDA_VISIBLE_DEVICES !== undefined) return undefined;
  return String(localRank % devices);
}

const nvidiaDevices = (): number =>
  tried(() => readdirSync('/proc/driver/nvidia/gpus').length) ?? 0;

function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
