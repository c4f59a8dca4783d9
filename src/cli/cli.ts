/**
 * The command line, but for its families.
 */
import type { Command } from 'commander';
import { ExitCode } from '../errors.js';
import type { Family } from '../family/family.js';
import { asOutputError } from '../files.js';
import { packageVersion } from '../version.js';
import { commandEntries } from './commands.js';
import { codeOf, fail } from './failure.js';
import { buildProgram } from './program.js';
import { isToldByAnother } from './ranks.js';

function configure(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  for (const child of command.commands) configure(child);
}

/**
 * Runs one command line.
 *
 * @param args without the program's own name
 * @param families what can be trained
 * @returns the exit code; a command that did not fail may have set `process.exitCode` besides
 */
export async function main(args: readonly string[], families: readonly Family[]): Promise<number> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that stops early, as `head` does, is no error of ours.
    process.exit(
      error.code === 'EPIPE' ? ExitCode.ok : fail(asOutputError(error, 'standard output'), false),
    );
  });
  // Training goes on where nobody can read its progress any more.
  process.stderr.on('error', () => undefined);
  // Accepted anywhere on the line, and wanted even when the line cannot be parsed.
  const debug = args.includes('--debug');
  const line = args.filter((arg) => arg !== '--debug');
  const version = packageVersion();
  try {
    const words = line.filter((arg) => !arg.startsWith('-'));
    const program = await buildProgram(commandEntries(families, version), words, version);
    configure(program);
    await program.parseAsync(line, { from: 'user' });
    return ExitCode.ok;
  } catch (thrown) {
    return isToldByAnother(line[0]) ? codeOf(thrown) : fail(thrown, debug);
  }
}
