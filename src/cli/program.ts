/**
 * The commands as commander knows them. Only the one that is called is filled in, so that the list
 * of all of them shows at once.
 */
import { Command } from 'commander';
import type { CommandEntry } from './definition.js';

/**
 * @param words the arguments that are no flags: the command, the one below it, …
 */
export async function buildProgram(
  entries: Readonly<Record<string, CommandEntry>>,
  words: readonly string[],
  version: string,
): Promise<Command> {
  const program = new Command('mixgan')
    .description('Train MLP-Mixers: a classifier, and a GAN made of the same blocks.')
    .version(version)
    .option('--debug', 'print stack traces of errors')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 a defect of mixgan, 2 wrong usage, 3 bad input, 4 output cannot be written,
5 training diverged, 6 engine trouble, 128 + n interrupted by signal n, saved (Ctrl-C: 130).`,
    );
  await addCommands(program, entries, words[0] === 'help' ? words.slice(1) : words);
  return program;
}

async function addCommands(
  parent: Command,
  entries: Readonly<Record<string, CommandEntry>>,
  [called, ...below]: readonly string[],
): Promise<void> {
  for (const [name, { description, load, commands }] of Object.entries(entries)) {
    const command = parent.command(name).description(description);
    if (commands !== undefined) await addCommands(command, commands, name === called ? below : []);
    if (load === undefined || name !== called) continue;
    const [{ optionsOf }, definition] = await Promise.all([import('./options.js'), load()]);
    const { args = [], flags, notes, act } = definition;
    for (const [argument, what] of args) command.argument(argument, what);
    for (const option of optionsOf(flags)) command.addOption(option);
    if (notes !== undefined) command.addHelpText('after', notes);
    command.action((...given: unknown[]) =>
      act(given.slice(0, args.length) as string[], command.opts()),
    );
  }
}
