/**
 * The command line, but for its families.
 */
import { type Command, CommanderError } from 'commander';
import { ExitCode, MixganError, messageOf } from '../errors.js';
import type { Family } from '../family/family.js';
import { asOutputError } from '../files.js';
import { printable } from '../text.js';
import { packageVersion } from '../version.js';
import { commandEntries } from './commands.js';
import { say } from './output.js';
import { buildProgram } from './program.js';

/** Errors leave as one line and an exit code; a command line reader's second line joins the first. */
function fail(thrown: unknown, debug: boolean): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return ExitCode.ok;
    if (thrown.code === 'commander.help') return ExitCode.usage;
    say(`mixgan: ${thrown.message.replace(/^error: /, '')}`);
    return ExitCode.usage;
  }
  if (thrown instanceof MixganError) {
    say(`mixgan: ${thrown.message}`);
  } else {
    say(
      `mixgan: this is a defect of mixgan: ${messageOf(thrown)}${debug ? '' : ' (--debug shows where)'}`,
    );
  }
  if (debug && thrown instanceof Error)
    process.stderr.write(`${printable(String(thrown.stack))}\n`);
  return thrown instanceof MixganError ? thrown.exitCode : ExitCode.defect;
}

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
    return fail(thrown, debug);
  }
}
