import { z } from 'zod';
import type { FamilyReport } from '../src/family/family.js';
import { readEvaluation } from '../src/family/stored-evaluation.js';
import { isThere } from '../src/files.js';
import { readPictureFile } from '../src/image/png.js';
import { type Html, html } from '../src/report/html.js';
import { figures, picture, type Section, table } from '../src/report/page.js';
import { grouped } from '../src/text.js';
import type { RunFolder } from '../src/train/run-folder.js';
import type { TranslationConfig } from './config.js';
import { figureTable } from './figures.js';
import { translationEvaluationSchema } from './stored-evaluation.js';

const both = (...names: string[]): string[] => names.flatMap((name) => [`${name}A`, `${name}B`]);

export const translationReport: FamilyReport<TranslationConfig> = {
  flags: z.strictObject({}),
  computes: false,
  curves: [
    { title: 'Losses of the discriminators', names: both('discriminator.loss') },
    { title: 'Adversarial losses of the generators', names: both('generator.adversarial') },
    { title: 'Distance of what comes back', names: both('generator.cycle') },
    { title: 'Distance of translations to the own domain', names: both('generator.identity') },
    {
      title: 'Outputs of the discriminators',
      names: both('discriminator.realLogit', 'discriminator.fakeLogit'),
    },
    { title: 'Gradient penalties', names: both('discriminator.r1', 'discriminator.r2') },
    { title: 'Change of a pixel', names: ['change.aToB', 'change.bToA'] },
    {
      title: 'Correlation of images with their translations',
      names: ['likeness.aToB', 'likeness.bToA'],
    },
    {
      title: 'Gradient norms',
      names: [
        ...['generator.gradientNormAToB', 'generator.gradientNormBToA'],
        ...both('discriminator.gradientNorm'),
      ],
      yScale: 'log',
    },
  ],
  sections: async ({ run }) => [
    { title: 'Pictures', content: await pictures(run) },
    { title: 'Evaluation', content: await evaluation(run) },
  ],
};

async function evaluation(run: RunFolder): Promise<Section['content']> {
  if (!(await isThere(run.evaluationPath))) {
    return html`<p>Not evaluated. <code>mixgan evaluate ${run.path} --save</code> does so.</p>\n`;
  }
  const { step, aToB, bToA, against } = await readEvaluation(
    translationEvaluationSchema,
    run.evaluationPath,
  );
  return [[aToB, against?.aToB] as const, [bToA, against?.bToA] as const].map(
    ([figures, other]) => {
      const caption = `After step ${grouped(step)}, ${figures.from} to ${figures.to}: ${grouped(figures.images)} held-out images${against === undefined ? '' : `; the other run is ${against.run}`}`;
      return table({ caption, ...figureTable(figures, other) });
    },
  );
}

/** The first, the middle one and the last. */
async function pictures(run: RunFolder): Promise<Html> {
  const steps = await run.stepsOfFakes();
  const chosen = new Set([steps[0], steps[Math.floor(steps.length / 2)], steps.at(-1)]);
  const drawn: Html[] = [];
  for (const step of chosen) {
    if (step === undefined) continue;
    const png = await readPictureFile(run.fakesPath(step));
    drawn.push(
      picture(
        png,
        `after step ${grouped(step)}: held-out images of A, translated, and back; the same of B`,
      ),
    );
  }
  if (await isThere(run.realsPath)) {
    const png = await readPictureFile(run.realsPath);
    drawn.push(picture(png, 'training images: A to the left, B to the right'));
  }
  if (drawn.length === 0) return html`<p>No pictures have been drawn yet.</p>\n`;
  return figures(drawn);
}
