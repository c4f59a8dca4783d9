import { z } from 'zod';
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
  async run({ config, checkpoint: load }, { best, views: count }, context, files) {
    const [{ restoreClassifier }, { createPredictor }, views, { predictFiles }] = await Promise.all(
      [
        import('../checkpoint.js'),
        import('../evaluate.js'),
        import('../views.js'),
        import('../predict.js'),
      ],
    );
    const checkpoint = await load(which(best));
    const seen = views.trainedViews(config, count ?? 1);
    const engine = await context.engine();
    const { model, task } = restoreClassifier(config, checkpoint);
    const look = views.withViews(createPredictor(engine, model), seen, task.imageShape);
    const results = await predictFiles(look, task, files);
    const rows = results.map(({ file, name, probability }) => [file, name, percent(probability)]);
    return {
      document: results,
      text: () => views.viewsNote(seen) + table(['file', 'class', 'probability'], rows),
    };
  },
};
