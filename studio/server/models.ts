/**
 * Models of runs as ONNX, for the page to run: made by the command line's own `export` when they are
 * first asked for, and again when the run has a newer checkpoint.
 */
import { InputError } from '../../src/errors.js';
import type { ModelInfo, Port } from '../shared/model.js';
import { type CommandLine, problemOf, start } from './command-line.js';
import { PerCheckpoint } from './per-checkpoint.js';
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
  readonly #made = new PerCheckpoint((entry, place) => this.#make(entry, place));

  constructor(commandLine: CommandLine) {
    this.#commandLine = commandLine;
  }

  /**
   * @throws InputError where the run has no model, or one that cannot be written so
   */
  async info(entry: RunEntry): Promise<ModelInfo> {
    return (await this.#made.of(entry)).info;
  }

  /** @throws InputError as `info` */
  async bytes(entry: RunEntry): Promise<Uint8Array> {
    const { path } = await this.#made.of(entry);
    return (await plainBytes(path, longestModel)) ?? new Uint8Array();
  }

  close = (): Promise<void> => this.#made.remove();

  async #make(entry: RunEntry, place: () => Promise<string>): Promise<Exported> {
    const path = `${await place()}.onnx`;
    const args = ['export', entry.path, '--format', 'onnx', '--out', path, '--json'];
    const ended = await start(this.#commandLine, args, true).ended;
    if (ended.code !== 0) throw new InputError(problemOf(ended));
    const { inputs, outputs } = JSON.parse(ended.stdout) as Record<'inputs' | 'outputs', Port[]>;
    const { loadCheckpoint } = await import('../../src/train/checkpoint.js');
    const { step, config } = await loadCheckpoint(entry.run.checkpointPath);
    return { path, info: { step, inputs, outputs, ...taskOf(config) } };
  }
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
