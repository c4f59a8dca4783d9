/**
 * What `mixgan evaluate RUN --save` wrote, read again.
 */
import type { z } from 'zod';
import { parseConfig } from '../config/parse.js';
import { InputError } from '../errors.js';
import { readJson } from '../files.js';

/** @throws InputError where the file is missing, damaged, or of another kind of run */
export async function readEvaluation<S extends z.ZodType>(
  schema: S,
  path: string,
): Promise<z.output<S>> {
  const document = await readJson(path, 'write it again: mixgan evaluate RUN --save');
  return parseConfig(schema, document, path, InputError);
}
