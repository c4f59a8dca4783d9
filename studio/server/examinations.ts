/**
 * The pictures behind figures of runs: made by the command line's own `examine` when they are first
 * asked for, and again when the run has a newer checkpoint. They last as long as the server.
 */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { InputError } from '../../src/errors.js';
import { examinationFile, sheetFile } from '../../src/family/examination.js';
import { type CommandLine, problemOf, start } from './command-line.js';
import { PerCheckpoint } from './per-checkpoint.js';
import { plainBytes } from './plain-file.js';
import type { RunEntry } from './run-entry.js';

/** More than any of their files has, in bytes. */
const longestFile = 2 ** 27;

export class Examinations {
  readonly #commandLine: CommandLine;
  readonly #onProgress: (key: string, line: string) => void;
  /** Folders. */
  readonly #made = new PerCheckpoint((entry, place) => this.#make(entry, place));
  #child: ChildProcess | undefined;
  #isClosed = false;

  /** @param onProgress is told what the command says of its progress */
  constructor(commandLine: CommandLine, onProgress: (key: string, line: string) => void) {
    this.#commandLine = commandLine;
    this.#onProgress = onProgress;
  }

  /** @throws InputError where the run cannot be examined, as where its data is gone */
  document = (entry: RunEntry): Promise<Uint8Array> => this.#file(entry, examinationFile);

  /** @throws InputError as `document` */
  sheet = (entry: RunEntry): Promise<Uint8Array> => this.#file(entry, sheetFile);

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#child?.kill('SIGTERM');
    await this.#made.idle();
    await this.#made.remove();
  }

  async #file(entry: RunEntry, name: string): Promise<Uint8Array> {
    const folder = await this.#made.of(entry);
    return (await plainBytes(join(folder, name), longestFile)) ?? new Uint8Array();
  }

  async #make(entry: RunEntry, place: () => Promise<string>): Promise<string> {
    if (this.#isClosed) throw new InputError('the studio is closing');
    const folder = await place();
    const args = ['examine', entry.path, '--out', folder];
    const { child, ended } = start(this.#commandLine, args, true);
    this.#child = child;
    child.stderr!.on('data', (text: string) => {
      const line = text.trim().split('\n').at(-1);
      if (line !== undefined && line !== '') this.#onProgress(entry.key, line);
    });
    const result = await ended;
    this.#child = undefined;
    if (result.code !== 0) throw new InputError(problemOf(result));
    return folder;
  }
}
