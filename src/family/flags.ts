/**
 * Flags that several commands have, with one meaning.
 */
import { extname } from 'node:path';
import { z } from 'zod';
import { runKeys } from '../config/run-keys.js';

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
