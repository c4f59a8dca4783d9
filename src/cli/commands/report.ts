import { z } from 'zod';
import { UsageError } from '../../errors.js';
import type { Family, FamilyConfig, FamilyReport } from '../../family/family.js';
import { outFlag } from '../../family/flags.js';
import { isThere, readText, writeFileAtomic } from '../../files.js';
import { lineChart } from '../../report/chart.js';
import { type CurveGroup, curves } from '../../report/curves.js';
import { type Html, html } from '../../report/html.js';
import { facts, figures, page, type Section, verbatim } from '../../report/page.js';
import { grouped } from '../../text.js';
import { type MetricsRecord, readMetrics } from '../../train/log.js';
import { refuseShipped } from '../../train/shipped.js';
import { contextOf } from '../context.js';
import type { Definition } from '../definition.js';
import { divided, type Given, jsonFlag, kebab, valuesOf } from '../options.js';
import { print } from '../output.js';
import { flagsOf, openAny, refuseFlags } from '../runs.js';

const ownFlags = {
  out: outFlag('FILE.html (default: report.html of the run)').exactOptional(),
  metric: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'of several runs, a metric to show; may be repeated', flag: 'NAME' }),
  ...jsonFlag,
};

/** `mixgan report RUN`: all that there is to see of a run, as one file. */
export async function reportDefinition(
  families: readonly Family[],
  version: string,
): Promise<Definition> {
  const reports = new Map<Family, FamilyReport<FamilyConfig>>();
  for (const family of families) reports.set(family, await family.report());
  return {
    args: [['<runs...>', 'folder of the run, or of several, for a table of them']],
    flags: { ...flagsOf(reports), ...ownFlags },
    act: async ([runs], given) => {
      const [path, ...others] = runs as readonly [string, ...string[]];
      if (others.length > 0) return tabulate(families, [path, ...others], given);
      if (given.metric !== undefined) {
        throw new UsageError('--metric is for a table of several runs; give more than one');
      }
      const { family, opened } = await openAny(families, path);
      refuseFlags(given, family, reports, opened.path);
      const { run, config } = opened;
      if (given.out === undefined) refuseShipped(run.path, opened.path);
      const { flags, curves, sections } = reports.get(family)!;
      const [own] = divided(given, flags.shape);
      const records = await readMetrics(run.metricsPath, Number.POSITIVE_INFINITY);
      const log = (await isThere(run.logPath)) ? await readText(run.logPath) : '';
      const content: Section[] = [
        { title: 'Run', content: runFacts(family.title, config, records, log) },
        { title: 'Learning curves', content: charts(records, curves) },
        ...(await sections(opened, records, valuesOf(flags, own), contextOf(given, version))),
        { title: 'Configuration', content: verbatim(JSON.stringify(config, null, 2)) },
        { title: 'Log', content: verbatim(log) },
      ];
      const out = (given.out as string | undefined) ?? run.reportPath;
      await writeFileAtomic(out, page(`${config.preset}: ${family.title}`, content));
      print(given.json, { document: { file: out }, text: () => out });
    },
  };
}

/** Of several runs a table, printed. */
async function tabulate(
  families: readonly Family[],
  paths: readonly string[],
  { json, metric, ...given }: Given,
): Promise<void> {
  const [flag] = Object.keys(given);
  if (flag !== undefined) {
    throw new UsageError(
      `--${kebab(flag)} is for the report of one run, and ${paths.length} are given`,
    );
  }
  const { runTable } = await import('./report-table.js');
  print(json, await runTable(families, paths, metric as readonly string[] | undefined));
}

function runFacts(
  what: string,
  { data, seed, steps }: FamilyConfig,
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
