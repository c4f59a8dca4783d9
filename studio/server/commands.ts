/**
 * What a page may ask to be done. Each is a command of the command line, with arguments in a list: no
 * shell reads them.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../src/errors.js';
import type { Command, CommandAnswer } from '../shared/protocol.js';
import { type CommandLine, problemOf, start, typed } from './command-line.js';
import type { RunEntry } from './run-entry.js';
import type { Runs } from './runs.js';

const isDry = z.boolean().exactOptional();
/** Where it begins with a dash, it would be another flag. */
const word = z
  .string()
  .max(200)
  .regex(/^[^-\s]/);

const commandSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('train'),
    family: z.string().max(100),
    preset: word,
    set: z.record(z.string().regex(/^[\w.]{1,200}$/), z.string().max(10_000)),
    isDry,
  }),
  z.strictObject({ kind: z.enum(['stop', 'resume', 'evaluate']), run: z.string().max(200), isDry }),
]) satisfies z.ZodType<Command>;

/** So many trainings are begun at a time; more would only wait for each other. */
const mostTrainings = 4;
/** So long is waited for a run's folder to appear, or for a command that fails at once. */
const beginMs = 30_000;

export interface CommandsOptions {
  readonly commandLine: CommandLine;
  readonly folder: string;
  readonly kinds: readonly string[];
  readonly runs: Runs;
}

export class Commands {
  readonly #options: CommandsOptions;
  readonly #trainings = new Set<{
    readonly child: ChildProcess;
    readonly ended: Promise<unknown>;
  }>();

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /** @throws InputError where it is no command */
  async run(value: unknown): Promise<CommandAnswer> {
    const { success, data, error } = commandSchema.safeParse(value);
    if (!success) {
      const [issue] = error.issues;
      throw new InputError(`not a command: ${issue!.path.join('.')} ${issue!.message}`);
    }
    if (data.kind === 'train') return this.#train(data);
    const entry = this.#options.runs.get(data.run);
    if (entry === undefined) throw new InputError('there is no such run any more');
    if (data.kind === 'stop') return this.#stop(entry, data.isDry);
    if (data.kind === 'resume') {
      return this.#begin(['train', entry.config.kind, '--resume', entry.path], data.isDry);
    }
    return this.#evaluate(entry, data.isDry);
  }

  /** Asks the trainings that were begun here to stop; they save, and can be resumed. */
  async close(): Promise<void> {
    const trainings = [...this.#trainings];
    for (const { child } of trainings) child.kill('SIGINT');
    await Promise.all(trainings.map(({ ended }) => ended));
  }

  /** How many trainings that were begun here are under way. */
  get trainings(): number {
    return this.#trainings.size;
  }

  async #train(command: Command & { kind: 'train' }): Promise<CommandAnswer> {
    const { folder, kinds } = this.#options;
    const { family, preset, set } = command;
    if (!kinds.includes(family)) throw new InputError(`there is nothing to train called ${family}`);
    const changes = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const wanted = ['train', family, '--preset', preset, ...changes];
    const name = newName(folder, preset);
    const args = [...wanted, '--out', join(folder, name)];
    const answer = await this.#begin(args, command.isDry, [...wanted, '--dry-run']);
    return { ...answer, run: name };
  }

  async #begin(
    args: readonly string[],
    isDry = false,
    check?: readonly string[],
  ): Promise<CommandAnswer> {
    const { commandLine } = this.#options;
    const command = typed(args);
    if (isDry) return { command };
    if (this.#trainings.size >= mostTrainings) {
      return { command, problem: `${mostTrainings} trainings are under way; stop one first` };
    }
    if (check !== undefined) {
      const checked = await start(commandLine, check).ended;
      if (checked.code !== 0) return { command, problem: problemOf(checked) };
    }
    const training = start(commandLine, args);
    this.#trainings.add(training);
    const over = training.ended.then((ended) => {
      this.#trainings.delete(training);
      return ended.code === 0 ? undefined : problemOf(ended);
    });
    const problem = await Promise.race([over, begun(training.child)]);
    return problem === undefined ? { command } : { command, problem };
  }

  async #stop(entry: RunEntry, isDry = false): Promise<CommandAnswer> {
    await this.#options.runs.refresh(entry);
    const { trainer } = entry;
    const command = `kill -INT ${trainer?.pid ?? 'PID'}`;
    if (isDry) return { command };
    if (trainer === undefined) return { command, problem: 'nothing trains it any more' };
    const isOwn = [...this.#trainings].some(({ child }) => child.pid === trainer.pid);
    if (!trainer.isCertain && !isOwn) {
      return {
        command,
        problem: 'another machine trains it, or who does cannot be told: stop it there',
      };
    }
    process.kill(trainer.pid, 'SIGINT');
    return { command };
  }

  async #evaluate(entry: RunEntry, isDry = false): Promise<CommandAnswer> {
    const args = ['evaluate', entry.path, '--save'];
    const command = typed(args);
    if (isDry) return { command };
    const ended = await start(this.#options.commandLine, [...args, '--json'], true).ended;
    await this.#options.runs.refresh(entry);
    return ended.code === 0 ? { command } : { command, problem: problemOf(ended) };
  }
}

/** Resolves once a training has told where its run is, or has taken long to. */
function begun(child: ChildProcess): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), beginMs);
    const done = (text: string): void => {
      if (!/^run: /m.test(text)) return;
      clearTimeout(timer);
      child.stderr!.off('data', done);
      resolve(undefined);
    };
    child.stderr!.on('data', done);
    child.once('close', () => clearTimeout(timer));
  });
}

/** `20261121-101500-mnist-quick`, or the same with a number where that is taken. */
function newName(folder: string, preset: string): string {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const name = `${time}-${preset.replace(/[^\w.-]+/g, '-')}`;
  for (let attempt = 1; ; attempt++) {
    const free = attempt === 1 ? name : `${name}-${attempt}`;
    if (!existsSync(join(folder, free))) return free;
  }
}
