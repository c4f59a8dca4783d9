import { z } from 'zod';
import type { FamilyReport } from '../src/family/family.js';
import { readEvaluation } from '../src/family/stored-evaluation.js';
import { isThere } from '../src/files.js';
import { readPictureFile } from '../src/image/png.js';
import { type Html, html } from '../src/report/html.js';
import { figures, picture, type Section, table } from '../src/report/page.js';
import { grouped } from '../src/text.js';
import type { RunFolder } from '../src/train/run-folder.js';
import type { GanConfig } from './config.js';
import { attributeTable, figureTable } from './figures.js';
import { ganEvaluationSchema } from './stored-evaluation.js';

export const ganReport: FamilyReport<GanConfig> = {
  flags: z.strictObject({}),
  computes: false,
  curves: [
    { title: 'Losses', names: ['discriminator.loss', 'generator.loss'] },
    {
      title: 'Outputs of the discriminator',
      names: ['discriminator.realLogit', 'discriminator.fakeLogit', 'discriminator.heldOutLogit'],
    },
    {
      title: 'Gradient penalties',
      names: ['discriminator.r1', 'discriminator.r2'],
      yScale: 'log',
    },
    {
      title: 'Gradient norms',
      names: ['discriminator.gradientNorm', 'generator.gradientNorm'],
      yScale: 'log',
    },
    { title: 'Diversity of a batch', names: ['batchDiversity', 'realDiversity'] },
    { title: 'Share of saturated pixels', names: ['saturatedShare', 'realSaturatedShare'] },
    { title: 'Fréchet distance', names: ['evaluation.frechet'], yScale: 'log' },
    {
      title: 'Scores while training',
      names: ['precision', 'recall', 'density', 'coverage'].map((name) => `evaluation.${name}`),
    },
  ],
  async sections({ run }) {
    return [
      { title: 'Pictures', content: await pictures(run) },
      { title: 'Evaluation', content: await evaluation(run) },
    ];
  },
};

const mostPictures = 6;

async function pictures(run: RunFolder): Promise<Html> {
  const steps = picked(await run.stepsOfFakes());
  const drawn: Html[] = [];
  for (const step of steps) {
    const png = await readPictureFile(run.fakesPath(step));
    drawn.push(picture(png, `generated images after step ${grouped(step)}`));
  }
  if (await isThere(run.realsPath)) {
    drawn.push(picture(await readPictureFile(run.realsPath), 'training images'));
  }
  if (drawn.length === 0) return html`<p>No pictures have been drawn yet.</p>\n`;
  return figures(drawn);
}

/** The first, the last, and some between, closer together at the start, where more changes. */
function picked(steps: readonly number[]): number[] {
  const places = Array.from({ length: mostPictures }, (_, i) =>
    Math.round((steps.length - 1) * (i / (mostPictures - 1)) ** 2),
  );
  const chosen = steps.length <= mostPictures ? steps.keys() : new Set(places);
  return [...chosen].map((place) => steps[place]!);
}

async function evaluation(run: RunFolder): Promise<Section['content']> {
  if (!(await isThere(run.evaluationPath))) {
    return html`<p>Not evaluated. <code>mixgan evaluate ${run.path} --save</code> does so.</p>\n`;
  }
  const { step, data, protocol, extractors, attributes, against } = await readEvaluation(
    ganEvaluationSchema,
    run.evaluationPath,
  );
  const count = grouped(protocol.samples);
  const judged = extractors.map((evaluated, i) => {
    const { header, rows } = figureTable(evaluated, against?.extractors[i]);
    const caption = `After step ${grouped(step)}, by the features of ${evaluated.extractor}: ${count} generated images and ${count} real ones, against ${count} others of ${data}${against === undefined ? '' : `; the other run is ${against.run}`}`;
    return table({ caption, header, rows });
  });
  if (attributes === undefined) return judged;
  const caption = `After step ${grouped(step)}: attributes that ${count} generated images show as asked`;
  return [...judged, table({ caption, ...attributeTable(attributes, against?.attributes) })];
}
