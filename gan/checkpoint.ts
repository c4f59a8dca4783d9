import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { type Condition, conditionSize } from '../src/data/conditions.js';
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
    // Of those that are told attributes.
    conditions: z
      .array(
        z.object({
          name: z.string(),
          values: z.array(z.string()).min(1),
          counts: z.array(z.number().int().min(0)).optional(),
        }),
      )
      .optional(),
  }),
});

export interface RestoredGenerator {
  readonly generator: LayersModel;
  readonly imageShape: ImageShape;
  /** Of the classes that the generator can be asked for; `undefined` where it is told none. */
  readonly classNames: readonly string[] | undefined;
  /** What it can be asked for, a class or attributes; `undefined` if it is unconditional. */
  readonly conditions: readonly Condition[] | undefined;
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
  const { imageShape, ...task } = stored.data.task;
  const isTold = config.conditional && config.attributes.length > 0;
  if (isTold && task.conditions?.length !== config.attributes.length) {
    throw new InputError(`${checkpoint.path} does not say which attributes it is told`);
  }
  const classNames = config.conditional && !isTold ? task.classNames : undefined;
  const conditions = isTold ? task.conditions : classNames && [{ values: classNames }];
  const numClasses = conditions && conditionSize(conditions);
  const { temperature } = config;
  const generator = generatorOf(config.generator, imageShape, { numClasses, temperature });
  const weights = new Map(
    [...checkpoint.variables].filter(([name]) => name.startsWith('average/')),
  );
  try {
    assignVariables({ ...checkpoint, variables: weights }, modelVariables(generator, 'average'));
  } catch (thrown) {
    generator.dispose();
    throw thrown;
  }
  return { generator, imageShape, classNames, conditions };
}
