import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import type { ImageShape } from '../src/data/dataset.js';
import { InputError } from '../src/errors.js';
import type { LoadedCheckpoint } from '../src/train/checkpoint.js';
import { assignVariables, modelVariables } from '../src/train/variables.js';
import type { TranslationConfig } from './config.js';
import type { DomainLetter } from './names.js';
import { generatorOf } from './players.js';
import { averageNameOf } from './translation.js';

const storedSchema = z.object({
  task: z.object({
    imageShape: z.tuple([z.number(), z.number(), z.number()]),
    domainNames: z.tuple([z.string(), z.string()]),
  }),
});

export interface TranslationTask {
  /** [H, W, C] */
  readonly imageShape: ImageShape;
  /** What A and B are called. */
  readonly domainNames: readonly [string, string];
}

/** @throws InputError when the checkpoint does not say */
export function taskOf({ path, config }: LoadedCheckpoint): TranslationTask {
  const stored = storedSchema.safeParse(config);
  if (stored.success) return stored.data.task;
  throw new InputError(`${path} does not say which images it translates`);
}

/**
 * Builds one generator of a run with the averaged weights of its checkpoint.
 *
 * @param to the domain that it translates to
 * @param isStock whether of stock layers alone, for other programs
 * @throws InputError when the checkpoint is of another model
 */
export function restoreGenerator(
  config: TranslationConfig,
  checkpoint: LoadedCheckpoint,
  to: DomainLetter,
  isStock = false,
): LayersModel {
  const { imageShape } = taskOf(checkpoint);
  const prefix = averageNameOf(to === 'b' ? 'aToB' : 'bToA');
  const model = generatorOf(config.generator, imageShape, { isStock });
  const variables = new Map(
    [...checkpoint.variables].filter(([name]) => name.startsWith(`${prefix}/`)),
  );
  try {
    assignVariables({ ...checkpoint, variables }, modelVariables(model, prefix));
  } catch (thrown) {
    model.dispose();
    throw thrown;
  }
  return model;
}
