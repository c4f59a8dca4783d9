import { existsSync } from 'node:fs';
import { z } from 'zod';
import { parseConfig } from '../../config/parse.js';
import { InputError } from '../../errors.js';
import { readFileChecked, writeFileAtomic } from '../../files.js';
import { lineChart } from '../../report/chart.js';
import { type CurveGroup, curves } from '../../report/curves.js';
import { type Html, html } from '../../report/html.js';
import { facts, figures, page, type Section, verbatim } from '../../report/page.js';
import { grouped } from '../../text.js';
import { type MetricsRecord, readMetrics } from '../../train/log.js';
import { openRun } from '../../train/run-folder.js';
import { report as print } from '../output.js';
import { kindIn } from '../runs.js';
import type { KindReport, ReportFlags } from './report-kind.js';

/** `mixgan report RUN`: all that there is to see of a run, as one file. */
export async function report(path: string, flags: ReportFlags): Promise<void> {
  const { run, config } = await openRun(path);
  const kind = await kindReport(path, kindIn(config));
  const records = await readMetrics(run.metricsPath, Number.POSITIVE_INFINITY);
  const log = existsSync(run.logPath) ? String(await readFileChecked(run.logPath)) : '';
  const stored = parseConfig(storedSchema, config, run.configPath, InputError);
  const sections: Section[] = [
    { title: 'Run', content: runFacts(kind.what, stored, records, log) },
    { title: 'Learning curves', content: charts(records, kind.curves) },
    ...(await kind.sections({ run, records, flags })),
    { title: 'Configuration', content: verbatim(JSON.stringify(config, null, 2)) },
    { title: 'Log', content: verbatim(log) },
  ];
  const out = flags.out ?? run.reportPath;
  await writeFileAtomic(out, page(`${stored.preset}: ${kind.what}`, sections));
  print(flags.json, { file: out }, () => out);
}

/** The keys that the configurations of all runs share. */
const storedSchema = z.looseObject({
  preset: z.string(),
  data: z.string(),
  seed: z.number(),
  steps: z.number(),
});

/** @throws InputError where it is neither a run of a classifier nor one of a GAN */
async function kindReport(path: string, kind: unknown): Promise<KindReport> {
  if (kind === 'gan') return (await import('./report-gan.js')).ganReport;
  if (kind === 'classifier') return (await import('./report-classifier.js')).classifierReport;
  throw new InputError(`${path} is neither a run of a classifier nor one of a GAN`);
}

function runFacts(
  what: string,
  { data, seed, steps }: z.output<typeof storedSchema>,
  records: readonly MetricsRecord[],
  log: string,
): Html {
  const last = records.at(-1);
  const engines = [
    ...new Set(Array.from(log.matchAll(/^\S+ engine: (.+)$/gm), ([, name]) => name!)),
  ];
  return facts([
    ['model', what],
    ['data', data],
    ['seed', seed],
    ['steps', `${grouped(last?.step ?? 0)} of ${grouped(steps)}`],
    ['training time', last === undefined ? 'none yet' : duration(last.seconds)],
    ['time per step', last === undefined || last.step === 0 ? 'not known' : perStep(last)],
    ['engine', engines.length === 0 ? 'not recorded' : engines.join('; ')],
    ['started', log.slice(0, log.indexOf(' ')) || 'not recorded'],
  ]);
}

/** `1 h 2 min 3 s` */
function duration(seconds: number): string {
  const total = Math.round(seconds);
  const parts = [
    [Math.floor(total / 3600), 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ] as const;
  const first = Math.max(
    0,
    parts.findIndex(([amount]) => amount > 0),
  );
  return total === 0
    ? '0 s'
    : parts
        .slice(first)
        .map(([amount, unit]) => `${amount} ${unit}`)
        .join(' ');
}

const perStep = ({ step, seconds }: MetricsRecord): string =>
  `${Number(((1000 * seconds) / step).toPrecision(3))} ms, pictures and evaluations included`;

function charts(records: readonly MetricsRecord[], groups: readonly CurveGroup[]): Html {
  const drawn = curves(records, groups);
  if (drawn.length === 0) return html`<p>Nothing has been logged yet.</p>\n`;
  return figures(drawn.map(lineChart));
}
