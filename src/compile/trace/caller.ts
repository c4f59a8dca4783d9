/**
 * Where in the user's code an error came about.
 */

/** What is bundled has no folder of its own, and may not know where it is. */
const here: string | undefined = import.meta.url;
const ownFolder = here === undefined ? '' : pathOf(new URL('..', here).href);
/** Node's lines and TensorFlow.js's, these with source maps or without. */
const foreignLine =
  /^node:|[\\/]@tensorflow[\\/]|(^|[\\/])tfjs-(core|layers|backend-\w+)[\\/]src[\\/]/;

/**
 * `, called at FILE:LINE:COLUMN`: the innermost line that is neither TensorFlow.js's nor that of
 * `compile`. Empty when there is none.
 */
export const calledFrom = (): string => withWholeStacks(() => placeIn(pathsOf(new Error())));

/**
 * The same of an error that TensorFlow.js throws; `undefined` of one that somebody else does.
 * @param error made while stacks were whole
 */
export function thrownFrom(error: Error): string | undefined {
  const paths = pathsOf(error);
  const thrower = paths.find((path) => !path.startsWith('node:'));
  return thrower !== undefined && isForeign(thrower) ? placeIn(paths) : undefined;
}

/** Runs with errors that know all of their callers. */
export function withWholeStacks<T>(run: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function placeIn(paths: readonly string[]): string {
  const place = paths.find((path) => !path.startsWith(ownFolder) && !isForeign(path));
  return place === undefined ? '' : `, called at ${place}`;
}

const isForeign = (path: string): boolean => foreignLine.test(path);

/** `FILE:LINE:COLUMN` of each caller, the innermost first. */
function pathsOf({ stack = '' }: Error): string[] {
  return stack.split('\n').flatMap((line) => {
    const [, place] =
      /\((.+:\d+:\d+)\)$/.exec(line) ?? /^\s*at (?:async )?(.+:\d+:\d+)$/.exec(line) ?? [];
    if (place === undefined) return [];
    return pathOf(place);
  });
}

/** The path of a file by its URL, in the form of the system that has it; other URLs as they are. */
function pathOf(url: string): string {
  if (!url.startsWith('file:')) return url;
  const path = decodeURIComponent(new URL(url).pathname);
  return /^\/[a-z]:/i.test(path) ? path.slice(1).replaceAll('/', '\\') : path;
}
