import type { Outcome } from '../family/family.js';

/** Prints one JSON document with `--json`, text for a person otherwise, on standard output. */
export function print(json: unknown, { document, text, exitCode }: Outcome): void {
  if (json === true && document !== undefined) {
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (json !== true && text !== undefined) {
    process.stdout.write(`${text()}\n`);
  }
  if (exitCode !== undefined) process.exitCode = exitCode;
}
