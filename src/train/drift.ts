/**
 * Whether the ranks of a team still hold the same weights. They make the same updates from the same
 * sums; another processor, a bit that was flipped, or a defect could still tell them apart, and what
 * they would learn together from then on would be no model of anything.
 */
import type { HostTensor } from '../compile/step.js';
import { EngineError } from '../errors.js';
import type { Team } from './team.js';

/**
 * @param variables all that a checkpoint holds
 * @throws EngineError that names the ranks that differ from most, or from rank 0 where there are as
 *   many of each
 */
export async function requireSame(
  team: Team,
  variables: ReadonlyMap<string, HostTensor>,
  step: number,
): Promise<void> {
  if (team.size === 1) return;
  const sums = await team.gathered(checksum(variables));
  team.inCommon(() => {
    const others = strays(sums);
    if (others.length === 0) return;
    const whose =
      others.length === 1 ? `rank ${others[0]} holds` : `ranks ${others.join(', ')} hold`;
    throw new EngineError(
      `after step ${step} ${whose} other weights than the rest of the ${team.size}: they have drifted apart, as they do on machines of different kinds; start all on machines of one kind, and go on from the last checkpoint`,
    );
  });
}

/** Indices of those that are not what most are. */
export function strays(sums: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const sum of sums) counts.set(sum, (counts.get(sum) ?? 0) + 1);
  // Of as many, the one that comes first.
  const [usual] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  return sums.flatMap((sum, rank) => (sum === usual ? [] : [rank]));
}

/** 64 bits of all values, in which every bit counts, and its place (FNV-1a, two lanes of words). */
export function checksum(variables: ReadonlyMap<string, HostTensor>): string {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (const { values } of variables.values()) {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (const word of words) {
      a = Math.imul(a ^ word, 0x01000193);
      b = Math.imul(b ^ (word >>> 16) ^ (a >>> 15), 0x85ebca6b) + word;
    }
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
