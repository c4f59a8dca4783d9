import { CommanderError } from 'commander';
import { ExitCode, MixganError, messageOf } from '../errors.js';
import { printable } from '../text.js';
import { ToldError } from '../train/team.js';
import { say } from './output.js';

/** The exit code of what was thrown; a command line reader ends what asks for help by an error, too. */
export function codeOf(thrown: unknown): number {
  if (thrown instanceof MixganError) return thrown.exitCode;
  if (!(thrown instanceof CommanderError)) return ExitCode.defect;
  return thrown.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
}

/**
 * Errors leave as one line and an exit code; a command line reader's second line joins the first.
 * @param where `rank 3: ` in front of what a rank alone found
 */
export function fail(thrown: unknown, debug: boolean, where = ''): number {
  const code = codeOf(thrown);
  if (thrown instanceof CommanderError) {
    if (code === ExitCode.ok || thrown.code === 'commander.help') return code;
    say(`mixgan: ${thrown.message.replace(/^error: /, '')}`);
    return code;
  }
  if (thrown instanceof ToldError) return code;
  if (thrown instanceof MixganError) {
    say(`mixgan: ${where}${thrown.message}`);
  } else {
    say(
      `mixgan: ${where}this is a defect of mixgan: ${messageOf(thrown)}${debug ? '' : ' (--debug shows where)'}`,
    );
  }
  if (debug && thrown instanceof Error)
    process.stderr.write(`${printable(String(thrown.stack))}\n`);
  return code;
}
