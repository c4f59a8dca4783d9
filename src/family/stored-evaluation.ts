/**
 * What `mixgan evaluate RUN --save` wrote, read again.
 */
import type { z } from 'zod';
import { parseConfig } from '../config/parse.js';
import { InputError } from '../errors.js';
import { readFileChecked } from '../files.js';

/** @throws InputError where the file is missing, damaged, or of another kind of run */
export async function readEvaluation<S extends z.ZodType>(
  schema: S,
  path: string,
): Promise<z.output<S>> {
  const text = String(await readFileChecked(path));
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${path} is not valid JSON; write it again: mixgan evaluate RUN --save`, {
      cause,
    });
  }
  return parseConfig(schema, document, path, InputError);
}
