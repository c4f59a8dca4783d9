import type { ImageDataset } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import { InputError } from '../src/errors.js';
import type { LoadedCheckpoint } from '../src/train/checkpoint.js';
import { restoreGenerator, taskOf } from './checkpoint.js';
import type { TranslationConfig } from './config.js';
import { createTranslator, type Translators } from './translate.js';

/**
 * Both generators of a run, ready for images of a dataset.
 * @throws InputError when the checkpoint is of another model, or the images have another shape
 */
export function openTranslators(
  engine: Engine,
  config: TranslationConfig,
  checkpoint: LoadedCheckpoint,
  { name, height, width, channels }: ImageDataset,
): Translators {
  const { imageShape } = taskOf(checkpoint);
  const found = [height, width, channels];
  if (found.join() !== imageShape.join()) {
    throw new InputError(
      `${checkpoint.path} translates images of ${imageShape.join('×')}, but ${name} has ${found.join('×')}`,
    );
  }
  return {
    aToB: createTranslator(engine, restoreGenerator(config, checkpoint, 'b')),
    bToA: createTranslator(engine, restoreGenerator(config, checkpoint, 'a')),
  };
}
