/**
 * A configuration checked by its schema.
 */
import type { z } from 'zod';
import { type InputError, UsageError } from '../errors.js';
import { shortened } from '../text.js';

/**
 * Validates `value` and freezes it.
 *
 * @param where what the value came from, for the message: `preset mnist`, `runs/x/config.json`
 * @param Failure what to throw; InputError for a file that mixgan itself wrote
 * @throws UsageError (or `Failure`) naming every key that is unknown or wrong
 */
export function parseConfig<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: string,
  Failure: typeof UsageError | typeof InputError = UsageError,
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const more = issues.length > mostIssues ? `; and ${issues.length - mostIssues} more` : '';
    const told = issues.slice(0, mostIssues).map(describeIssue).join('; ');
    throw new Failure(`${where}: ${told}${more}`);
  }
  return deepFreeze(parsed.data);
}

/** Of a list of a thousand wrong elements nobody reads them all. */
const mostIssues = 12;

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => (path === '' ? key : `${path}.${key}`));
    return shortened(`unknown ${keys.length === 1 ? 'key' : 'keys'} ${keys.join(', ')}`);
  }
  return `${path === '' ? 'the configuration' : path}: ${lowerFirst(issue.message)}`;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}
