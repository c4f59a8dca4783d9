/**
 * Runs as the commands find them on disk.
 */
import { type ClassifierConfig, classifierConfigSchema } from '../../classifier/config.js';
import { type GanConfig, ganConfigSchema } from '../../gan/config.js';
import { parseConfig } from '../config.js';
import { InputError } from '../errors.js';
import { type LoadedCheckpoint, loadCheckpoint } from '../train/checkpoint.js';
import { openRun, type RunFolder } from '../train/run-folder.js';

interface OpenedRun<C> {
  readonly run: RunFolder;
  readonly config: C;
  readonly checkpoint: LoadedCheckpoint;
}

/** @throws InputError when RUN is no classifier run, or its checkpoint is missing or damaged */
export async function openClassifierRun(path: string): Promise<OpenedRun<ClassifierConfig>> {
  const opened = await openKind(path, 'classifier');
  return {
    ...opened,
    config: parseConfig(classifierConfigSchema, opened.stored, opened.run.configPath),
  };
}

/** @throws InputError when RUN is no GAN run, or its checkpoint is missing or damaged */
export async function openGanRun(path: string): Promise<OpenedRun<GanConfig>> {
  const opened = await openKind(path, 'gan');
  return { ...opened, config: parseConfig(ganConfigSchema, opened.stored, opened.run.configPath) };
}

async function openKind(path: string, kind: 'classifier' | 'gan') {
  const { run, config: stored } = await openRun(path);
  const found = (stored as { kind?: unknown } | null)?.kind;
  if (found !== kind) {
    throw new InputError(`${path} is a run of a ${found}, and this command needs a ${kind} run`);
  }
  return { run, stored, checkpoint: await loadCheckpoint(run.checkpointPath, { kind }) };
}
