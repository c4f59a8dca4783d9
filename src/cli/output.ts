import type { Outcome } from '../family/family.js';
import { printable } from '../text.js';

/** A line for a person, on standard error. */
export const say = (line: string): void => {
  process.stderr.write(`${printable(line).replaceAll('\n', ' ')}\n`);
};

/** Prints one JSON document with `--json`, text for a person otherwise, on standard output. */
export function print(json: unknown, { document, text, exitCode }: Outcome): void {
  if (json === true && document !== undefined) {
    // The escapes are JSON's own: the document is the same.
    process.stdout.write(`${printable(JSON.stringify(document, null, 2))}\n`);
  } else if (json !== true && text !== undefined) {
    process.stdout.write(`${printable(text())}\n`);
  }
  if (exitCode !== undefined) process.exitCode = exitCode;
}
