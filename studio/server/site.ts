/**
 * A site: the page and what it reads as files, for any server that sends files.
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError, OutputError } from '../../src/errors.js';
import type { Family } from '../../src/family/family.js';
import { asOutputError, makeFolders } from '../../src/files.js';
import type { RunDetail, RunList, RunSummary } from '../shared/protocol.js';
import type { CommandLine } from './command-line.js';
import { openLibrary } from './library.js';
import { pageFiles, pageFolder } from './page-files.js';
import { type Library, resourceAt } from './resources.js';
import type { RunEntry } from './run-entry.js';

export interface SiteOptions {
  /** Holds the folders of runs. */
  readonly folder: string;
  /** Names of runs below it; all where it is empty. */
  readonly names: readonly string[];
  /** A folder that is made, or is empty. */
  readonly out: string;
  readonly families: readonly Family[];
  readonly version: string;
  readonly commandLine: CommandLine;
  /** Told of what a site does without. */
  readonly say: (line: string) => void;
}

export interface Site {
  /** Names of the runs in it. */
  readonly runs: readonly string[];
  /** Bytes of all files. */
  readonly bytes: number;
}

/**
 * Writes a site, aside, and gives it its name when it is whole.
 *
 * @throws InputError where there is no such run; OutputError where the folder holds something or cannot
 *   be written
 */
export async function writeSite(options: SiteOptions): Promise<Site> {
  const { out, names } = options;
  await requireEmpty(out);
  const nothing = (): void => undefined;
  const library = await openLibrary({
    ...options,
    ...{ isLive: false, onChange: nothing, onGone: nothing },
  });
  const target = resolve(out);
  const aside = join(dirname(target), `.${basename(target)}-${process.pid}`);
  try {
    await library.runs.open();
    const entries = chosen(library.runs.entries(), names, options.folder);
    const writer = new Writer(aside);
    for (const [name, { bytes }] of await pageFiles(await pageFolder())) {
      await writer.write(name, bytes);
    }
    // Some hosts would leave files out that begin with certain letters.
    await writer.write('.nojekyll', '');
    await writer.write('data/hello.json', JSON.stringify(library.hello));
    await writer.write('data/runs.json', JSON.stringify(listOf(entries)));
    for (const entry of entries) await writeRun(library, entry, writer, options.say);
    await rm(target, { recursive: true, force: true });
    await rename(aside, target);
    const runs = entries.filter(({ isShipped }) => !isShipped).map(({ name }) => name);
    return { runs, bytes: writer.bytes };
  } catch (thrown) {
    await rm(aside, { recursive: true, force: true });
    throw asOutputError(thrown, out);
  } finally {
    library.runs.close();
    await library.models.close();
  }
}

class Writer {
  bytes = 0;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async write(path: string, contents: Uint8Array | string): Promise<void> {
    const full = join(this.#root, path);
    await makeFolders(dirname(full));
    await writeFile(full, contents);
    this.bytes += contents.length;
  }
}

async function requireEmpty(out: string): Promise<void> {
  try {
    await makeFolders(dirname(resolve(out)));
    await mkdir(out, { recursive: true });
    if ((await readdir(out)).length === 0) return;
  } catch (thrown) {
    throw asOutputError(thrown, out);
  }
  throw new OutputError(`${out} is not empty; give --export a new folder`);
}

function chosen(
  entries: readonly RunEntry[],
  names: readonly string[],
  folder: string,
): readonly RunEntry[] {
  const unknown = names.find((name) => !entries.some((entry) => entry.name === name));
  if (unknown !== undefined) {
    const known = entries.filter(({ isShipped }) => !isShipped).map(({ name }) => name);
    throw new InputError(
      `there is no run ${unknown} in ${folder}; there are ${known.slice(0, 8).join(', ') || 'none'}`,
    );
  }
  return names.length === 0
    ? entries
    : entries.filter(({ name, isShipped }) => isShipped || names.includes(name));
}

function listOf(entries: readonly RunEntry[]): RunList {
  const runs = entries.flatMap(({ summary }): RunSummary[] =>
    // Nobody hears how it goes on.
    summary === undefined
      ? []
      : [{ ...summary, state: summary.state === 'running' ? 'stopped' : summary.state }],
  );
  return { runs, isComplete: true };
}

async function writeRun(
  library: Library,
  entry: RunEntry,
  writer: Writer,
  say: (line: string) => void,
): Promise<void> {
  const folder = `data/runs/${entry.key}`;
  const read = async (name: string, from = 0): Promise<Uint8Array | string | undefined> =>
    (await resourceAt(library, ['runs', entry.key, name], from))?.bytes;
  const detail = JSON.parse(String(await read('run.json'))) as RunDetail;
  // Where it lies on this machine is nobody's business.
  await writer.write(`${folder}/run.json`, JSON.stringify({ ...detail, path: entry.name }));
  await writer.write(`${folder}/metrics.jsonl`, await wholeMetrics(read));
  const pictures = detail.pictures.map((step) => basename(entry.run.fakesPath(step)));
  for (const name of [...pictures, ...(detail.hasReals ? ['reals.png'] : [])]) {
    const bytes = await read(name);
    if (bytes !== undefined) await writer.write(`${folder}/${name}`, bytes);
  }
  if (entry.summary?.hasModel !== true) return;
  try {
    for (const name of ['model.json', 'model.onnx']) {
      await writer.write(`${folder}/${name}`, (await read(name))!);
    }
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    say(`${entry.name} is shown without its model: ${thrown.message}`);
  }
}

/** An answer holds so much at most. */
async function wholeMetrics(
  read: (name: string, from: number) => Promise<Uint8Array | string | undefined>,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (;;) {
    const piece = Buffer.from((await read('metrics.jsonl', from)) ?? '');
    if (piece.length === 0) return Buffer.concat(pieces);
    pieces.push(piece);
    from += piece.length;
  }
}
