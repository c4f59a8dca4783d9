/**
 * Where in the user's code an error came about.
 */
import { fileURLToPath } from 'node:url';

const ownFolder = fileURLToPath(new URL('..', import.meta.url));
/** Node's lines and TensorFlow.js's, these with source maps or without. */
const foreignLine =
  /^node:|[\\/]@tensorflow[\\/]|(^|[\\/])tfjs-(core|layers|backend-\w+)[\\/]src[\\/]/;

/**
 * `, called at FILE:LINE:COLUMN`: the innermost line that is neither TensorFlow.js's nor that of
 * `compile`. Empty when there is none.
 */
export function calledFrom(): string {
  for (const line of stackLines()) {
    const [, place] =
      /\((.+:\d+:\d+)\)$/.exec(line) ?? /at (?:async )?(.+:\d+:\d+)$/.exec(line) ?? [];
    if (place === undefined) continue;
    const path = place.startsWith('file:') ? fileURLToPath(place) : place;
    if (!path.startsWith(ownFolder) && !foreignLine.test(path)) return `, called at ${path}`;
  }
  return '';
}

function stackLines(): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  return stack.split('\n').slice(1);
}
