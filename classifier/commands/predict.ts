import { z } from 'zod';
import { argMax } from '../../src/arrays.js';
import { scalePixels } from '../../src/data/batches.js';
import { InputError } from '../../src/errors.js';
import type { RunCommand } from '../../src/family/family.js';
import { percent, table } from '../../src/text.js';
import type { ClassifierConfig } from '../config.js';
import { bestFlag, viewsFlag, which } from './flags.js';

const flags = z.strictObject({ ...bestFlag, ...viewsFlag });

/** `mixgan predict RUN FILE.png…` */
export const predict: RunCommand<ClassifierConfig, typeof flags> = {
  flags,
  computes: true,
  files: 'pictures, PNG or JPEG, of what the classifier knows; of one of digits a PNG each',
  notes: `
A classifier of the ten digits takes a PNG of any size, dark on light or light on dark: the digit is
found, scaled and centred as in MNIST. Any other one takes the middle part of a picture, in the shape
of its own images, resized to them; of a classifier of grey images in grey.`,
  async run({ path, config, checkpoint: load }, { best, views: count }, context, files) {
    const [{ restoreClassifier, storedTask }, { createPredictor }, views, { isOfDigits, readFor }] =
      await Promise.all([
        import('../checkpoint.js'),
        import('../evaluate.js'),
        import('../views.js'),
        import('../pictures.js'),
      ]);
    const checkpoint = await load(which(best));
    const seen = views.trainedViews(config, count ?? 1);
    // All files are read first, so that a bad one is told before anything is printed.
    const task = storedTask(checkpoint);
    const images: Uint8Array[] = [];
    for (const file of files) images.push(await readFor(task, file));
    if (isOfDigits(task) && task.imageShape.join() !== '28,28,1') {
      throw new InputError(
        `${path} was trained on images of ${task.imageShape.join('×')}; predict prepares digits of 28×28×1`,
      );
    }
    const engine = await context.engine();
    const { model } = restoreClassifier(config, checkpoint);
    const look = createPredictor(engine, model, task.normalisation);
    const pixels = scalePixels(Buffer.concat(images));
    const probabilities = await views.withViews(look, seen, task.imageShape)(pixels);
    const numClasses = task.classNames.length;
    const results = files.map((file, i) => {
      const row = Array.from(probabilities.subarray(i * numClasses, (i + 1) * numClasses));
      const label = argMax(row);
      return {
        file,
        label,
        name: task.classNames[label]!,
        probability: row[label]!,
        probabilities: row,
      };
    });
    const rows = results.map(({ file, name, probability }) => [file, name, percent(probability)]);
    return {
      document: results,
      text: () => views.viewsNote(seen) + table(['file', 'class', 'probability'], rows),
    };
  },
};
