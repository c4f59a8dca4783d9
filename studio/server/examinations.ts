/**
 * The pictures behind figures of runs: made by the command line's own `examine` when they are first
 * asked for, and again when the run has a newer checkpoint. They last as long as the server.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../src/errors.js';
import { examinationFile, sheetFile } from '../../src/family/examination.js';
import { type CommandLine, problemOf, start } from './command-line.js';
import { checkpointId } from './models.js';
import { plainBytes } from './plain-file.js';
import type { RunEntry } from './run-entry.js';

/** More than any of their files has, in bytes. */
const longestFile = 2 ** 27;

export class Examinations {
  readonly #commandLine: CommandLine;
  readonly #onProgress: (key: string, line: string) => void;
  #folder: Promise<string> | undefined;
  /** Folders by run and checkpoint. */
  readonly #made = new Map<string, Promise<string>>();
  #last: Promise<unknown> = Promise.resolve();
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
    await this.#last;
    const folder = await this.#folder;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  async #file(entry: RunEntry, name: string): Promise<Uint8Array> {
    const folder = await this.#examined(entry);
    return (await plainBytes(join(folder, name), longestFile)) ?? new Uint8Array();
  }

  async #examined(entry: RunEntry): Promise<string> {
    const id = await checkpointId(entry);
    const known = this.#made.get(id);
    if (known !== undefined) return known;
    // One at a time: each takes all cores for some seconds.
    const made = this.#last.then(() => this.#make(entry, id));
    this.#last = made.catch(() => undefined);
    this.#made.set(id, made);
    // Asked for again, it is tried again.
    made.catch(() => this.#made.delete(id));
    return made;
  }

  async #make(entry: RunEntry, id: string): Promise<string> {
    if (this.#isClosed) throw new InputError('the studio is closing');
    this.#folder ??= mkdtemp(join(tmpdir(), 'mixgan-studio-'));
    const folder = join(await this.#folder, id);
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
