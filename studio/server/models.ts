/**
 * Models of runs as ONNX, for the page to run: made by the command line's own `export` when they are
 * first asked for, and again when the run has a newer checkpoint.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../src/errors.js';
import type { ModelInfo, Port } from '../shared/model.js';
import { type CommandLine, problemOf, start } from './command-line.js';
import { plainBytes } from './plain-file.js';
import type { RunEntry } from './run-entry.js';

/** What came of a checkpoint. */
interface Exported {
  readonly path: string;
  readonly info: ModelInfo;
}

/** More than any model here has, in bytes. */
const longestModel = 2 ** 30;

export class Models {
  readonly #commandLine: CommandLine;
  #folder: Promise<string> | undefined;
  /** By run and checkpoint. */
  readonly #made = new Map<string, Promise<Exported>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(commandLine: CommandLine) {
    this.#commandLine = commandLine;
  }

  /**
   * @throws InputError where the run has no model, or one that cannot be written so
   */
  async info(entry: RunEntry): Promise<ModelInfo> {
    return (await this.#exported(entry)).info;
  }

  /** @throws InputError as `info` */
  async bytes(entry: RunEntry): Promise<Uint8Array> {
    const { path } = await this.#exported(entry);
    return (await plainBytes(path, longestModel)) ?? new Uint8Array();
  }

  async close(): Promise<void> {
    const folder = await this.#folder;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  async #exported(entry: RunEntry): Promise<Exported> {
    const id = await checkpointId(entry);
    const known = this.#made.get(id);
    if (known !== undefined) return known;
    // One at a time: each takes a core for a second or two.
    const made = this.#last.then(() => this.#make(entry, id));
    this.#last = made.catch(() => undefined);
    this.#made.set(id, made);
    // Asked for again, it is tried again.
    made.catch(() => this.#made.delete(id));
    return made;
  }

  async #make(entry: RunEntry, id: string): Promise<Exported> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'mixgan-studio-'));
    const path = join(await this.#folder, `${id}.onnx`);
    const args = ['export', entry.path, '--format', 'onnx', '--out', path, '--json'];
    const ended = await start(this.#commandLine, args, true).ended;
    if (ended.code !== 0) throw new InputError(problemOf(ended));
    const { inputs, outputs } = JSON.parse(ended.stdout) as Record<'inputs' | 'outputs', Port[]>;
    const { loadCheckpoint } = await import('../../src/train/checkpoint.js');
    const { step, config } = await loadCheckpoint(entry.run.checkpointPath);
    return { path, info: { step, inputs, outputs, ...taskOf(config) } };
  }
}

/**
 * A name of a run's checkpoint, for a file: a newer one has another.
 * @throws InputError where there is none
 */
export async function checkpointId({ run, key, name }: RunEntry): Promise<string> {
  const found = await stat(run.checkpointPath).catch(() => undefined);
  if (found === undefined) throw new InputError(`${name} has no checkpoint yet`);
  return `${key}-${Math.round(found.mtimeMs)}-${found.size}`;
}

/** What a checkpoint says of the images that its model is for. */
function taskOf(config: unknown): Pick<ModelInfo, 'imageShape' | 'classNames' | 'attributes'> {
  const { task } = Object(config) as Record<string, unknown>;
  const { imageShape, classNames, conditions } = Object(task) as Record<string, unknown>;
  const isShape = Array.isArray(imageShape) && imageShape.length === 3;
  return {
    ...(isShape && { imageShape: imageShape as [number, number, number] }),
    classNames: Array.isArray(classNames) ? classNames.map(String) : [],
    ...(Array.isArray(conditions) && { attributes: conditions.map(attributeOf) }),
  };
}

function attributeOf(condition: unknown) {
  const { name, values } = Object(condition) as Record<string, unknown>;
  return { name: String(name), values: Array.isArray(values) ? values.map(String) : [] };
}
