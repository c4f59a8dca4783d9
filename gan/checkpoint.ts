import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { InputError } from '../src/errors.js';
import type { LoadedCheckpoint } from '../src/train/checkpoint.js';
import { assignVariables, modelVariables } from '../src/train/variables.js';
import type { GanConfig } from './config.js';
import type { ImageShape } from './gan.js';
import { generatorOf } from './players.js';

const storedSchema = z.object({
  task: z.object({
    imageShape: z.tuple([z.number(), z.number(), z.number()]),
    // Runs from before classes mattered do not name them.
    classNames: z.array(z.string()).optional(),
  }),
});

export interface RestoredGenerator {
  readonly generator: LayersModel;
  readonly imageShape: ImageShape;
  /** Of the classes that the generator can be asked for; `undefined` if it is unconditional. */
  readonly classNames: readonly string[] | undefined;
}

/**
 * Builds the generator of a run with the averaged weights of its checkpoint.
 * @throws InputError when the checkpoint is of another model
 */
export function restoreGenerator(
  config: GanConfig,
  checkpoint: LoadedCheckpoint,
): RestoredGenerator {
  const stored = storedSchema.safeParse(checkpoint.config);
  if (!stored.success) {
    throw new InputError(`${checkpoint.path} does not say which size of images it draws`);
  }
  const { imageShape } = stored.data.task;
  const classNames = config.conditional ? stored.data.task.classNames : undefined;
  const generator = generatorOf(config.generator, imageShape, { numClasses: classNames?.length });
  const weights = new Map(
    [...checkpoint.variables].filter(([name]) => name.startsWith('average/')),
  );
  try {
    assignVariables({ ...checkpoint, variables: weights }, modelVariables(generator, 'average'));
  } catch (thrown) {
    generator.dispose();
    throw thrown;
  }
  return { generator, imageShape, classNames };
}
