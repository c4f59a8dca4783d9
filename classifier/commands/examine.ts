import { z } from 'zod';
import { gatherBytes } from '../../src/data/batches.js';
import { loadDataset } from '../../src/data/load.js';
import { type Examination, sheetColumns } from '../../src/family/examination.js';
import type { RunCommand } from '../../src/family/family.js';
import { dataFlag, outFlag } from '../../src/family/flags.js';
import { makeExaminationFolder, writeExamination } from '../../src/family/write-examination.js';
import { grouped } from '../../src/text.js';
import type { ClassifierConfig } from '../config.js';

const flags = z.strictObject({
  ...dataFlag,
  out: outFlag('folder to write examination.json and pictures.png into').default('examination'),
});

/** `mixgan examine RUN` for a run of a classifier: the pictures behind the confusion matrix. */
export const examine: RunCommand<ClassifierConfig, typeof flags> = {
  flags,
  computes: true,
  async run({ path, config, checkpoint: load }, { data, out }, context) {
    const [{ restoreClassifier }, { createPredictor, requireKnown }, { examineClassifier }] =
      await Promise.all([
        import('../checkpoint.js'),
        import('../evaluate.js'),
        import('../examine.js'),
      ]);
    const checkpoint = await load();
    const { test } = await loadDataset(data ?? config.data, { ...config, say: context.say });
    const engine = await context.engine();
    const { model, task } = restoreClassifier(config, checkpoint);
    requireKnown(test, task, path);
    await makeExaminationFolder(out);
    let said = 0;
    const recognition = await examineClassifier(createPredictor(engine, model), test, (done) => {
      if (done < test.count && done - said < test.count / 10) return;
      said = done;
      context.say(`looked at ${grouped(done)} of ${grouped(test.count)} images`);
    });
    const indices = Uint32Array.from(recognition.examples, ({ index }) => index);
    const examination: Examination = {
      run: path,
      step: checkpoint.step,
      data: test.name,
      classNames: [...test.classNames],
      sheet: { count: indices.length, columns: sheetColumns, shape: [...task.imageShape] },
      recognition,
    };
    await writeExamination(out, examination, gatherBytes(test, indices));
    return { document: { ...examination, folder: out }, text: () => out };
  },
};
