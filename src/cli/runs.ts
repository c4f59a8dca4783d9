/**
 * Runs as the commands find them on disk.
 */
import { type ClassifierConfig, classifierConfigSchema } from '../../classifier/config.js';
import { type GanConfig, ganConfigSchema } from '../../gan/config.js';
import type { JsonValue } from '../config/json.js';
import { parseConfig } from '../config/parse.js';
import { InputError } from '../errors.js';
import { type LoadedCheckpoint, loadCheckpoint } from '../train/checkpoint.js';
import { openRun, type RunFolder } from '../train/run-folder.js';

/** The flag of every command that takes a classifier. */
export interface BestFlag {
  readonly best?: boolean;
}

interface OpenedRun<C> {
  readonly run: RunFolder;
  readonly config: C;
  readonly checkpoint: LoadedCheckpoint;
}

/**
 * What a run trained, as far as its configuration says.
 * @throws InputError when RUN is not the folder of a run
 */
export async function kindOfRun(path: string): Promise<unknown> {
  return kindIn((await openRun(path)).config);
}

/** The kind in a configuration as it is stored, where it has one. */
export const kindIn = (config: unknown): unknown => (config as { kind?: unknown } | null)?.kind;

/**
 * @param flags.best takes the weights of the best evaluation instead of the last ones
 * @throws InputError when RUN is no classifier run, or its checkpoint is missing or damaged
 */
export async function openClassifierRun(
  path: string,
  { best = false }: BestFlag = {},
): Promise<OpenedRun<ClassifierConfig>> {
  const which = best ? 'best' : 'last';
  const { run, config, checkpoint } = await openRunOf('classifier', path, which);
  const parsed = parseConfig(classifierConfigSchema, config, run.configPath, InputError);
  return { run, config: parsed, checkpoint };
}

/** @throws InputError when RUN is no GAN run, or its checkpoint is missing or damaged */
export async function openGanRun(path: string): Promise<OpenedRun<GanConfig>> {
  const { run, config, checkpoint } = await openRunOf('gan', path);
  const parsed = parseConfig(ganConfigSchema, config, run.configPath, InputError);
  return { run, config: parsed, checkpoint };
}

/**
 * A run of one kind, its configuration as it is stored.
 *
 * @param which of its checkpoints
 * @throws InputError when RUN is of another kind, or its checkpoint is missing or damaged
 */
export async function openRunOf(
  kind: string,
  path: string,
  which: 'last' | 'best' = 'last',
): Promise<OpenedRun<JsonValue>> {
  const { run, config } = await openRun(path);
  const found = kindIn(config);
  if (found === undefined) {
    throw new InputError(`${run.configPath} is not the configuration of a run of mixgan`);
  }
  if (found !== kind) {
    throw new InputError(`${path} is a run of a ${found}, and this command needs a ${kind} run`);
  }
  const file = which === 'best' ? run.bestPath : run.checkpointPath;
  const checkpoint = await loadCheckpoint(file, { kind });
  return { run, config: config as JsonValue, checkpoint };
}
