/**
 * Flags that several commands have, with one meaning.
 */
import { extname } from 'node:path';
import { z } from 'zod';
import { runKeys } from '../config/run-keys.js';
import type { Share } from '../train/world.js';

const { data, seed } = runKeys('');

export const dataFlag = { data: data.exactOptional() };

export const seedFlag = { seed: seed.default(0) };

/**
 * @param what the command writes, and where
 * @param endings that the file's name may have, where not all will do
 */
export function outFlag(what: string, ...endings: readonly string[]) {
  const isFine = (path: string): boolean =>
    endings.length === 0 || endings.includes(extname(path).toLowerCase());
  return z
    .string()
    .min(1)
    .refine(isFine, `give a name that ends in ${endings.join(' or ')}`)
    .meta({ description: what, flag: 'PATH' });
}

/** Counted from 0, as the indices of Slurm's arrays and of Kubernetes's indexed jobs are. */
const shardForm = /^(\d{1,6})\/(\d{1,6})$/;

/** @returns undefined where the text is no `i/n` with i in 0 … n − 1 */
export function parseShard(text: string): Share | undefined {
  const [, rank, size] = (shardForm.exec(text) ?? []).map(Number);
  return rank !== undefined && size !== undefined && rank < size ? { rank, size } : undefined;
}

export const shardFlag = {
  shard: z
    .string()
    .refine((text) => parseShard(text) !== undefined, 'give I/N, I from 0 to N − 1: --shard 0/8')
    .exactOptional()
    .meta({ description: 'do part I of N, from 0; mixgan merge puts parts together', flag: 'I/N' }),
};
