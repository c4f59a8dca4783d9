/** Several runs in one table: in what their configurations differ, and what they came to. */
import { differences } from '../../config/differences.js';
import { asJson } from '../../config/resolve.js';
import { UsageError } from '../../errors.js';
import type { Family, Outcome } from '../../family/family.js';
import { table } from '../../text.js';
import { readMetrics } from '../../train/log.js';
import { openAny } from '../runs.js';

type Numbers = Readonly<Record<string, number>>;

interface Row {
  readonly run: string;
  readonly steps: number;
  readonly keys: Readonly<Record<string, string>>;
  readonly metrics: Numbers;
}

/** What says most of a run, in this order, where no metric is asked for: scores, else losses. */
const telling = [/^test|^evaluation\./, /loss$/];

/**
 * @param metrics to show, by name; those that say most when absent
 * @throws UsageError where no run has such a metric; InputError where one is no run
 */
export async function runTable(
  families: readonly Family[],
  paths: readonly string[],
  metrics: readonly string[] | undefined,
): Promise<Outcome> {
  const opened = await Promise.all(paths.map((path) => openAny(families, path)));
  const first = asJson(opened[0]!.opened.config);
  const changed = new Set(
    opened.flatMap(({ opened: { config } }) =>
      differences(first, asJson(config)).map(({ path }) => path),
    ),
  );
  const rows = await Promise.all(
    opened.map(async ({ opened: { path, run, config } }): Promise<Row> => {
      const records = await readMetrics(run.metricsPath, Number.POSITIVE_INFINITY);
      const last = Object.assign({}, ...records) as Numbers;
      const keys = [...changed].map((key) => [key, textAt(asJson(config), key)] as const);
      return { run: path, steps: last.step ?? 0, keys: Object.fromEntries(keys), metrics: last };
    }),
  );
  const shown = metrics ?? tellingOf(rows);
  const unknown = shown.find((name) => rows.every((row) => row.metrics[name] === undefined));
  if (unknown !== undefined) throw new UsageError(`--metric ${unknown}: no run has logged it`);
  const document = rows.map(({ metrics: all, ...row }) => ({
    ...row,
    metrics: Object.fromEntries(shown.map((name) => [name, all[name] ?? null])),
  }));
  const cells = rows.map(({ run, steps, keys, metrics: all }) => [
    run,
    ...[...changed].map((key) => keys[key]!),
    steps,
    ...shown.map((name) => (all[name] === undefined ? '' : Number(all[name].toPrecision(5)))),
  ]);
  return {
    document,
    text: () => table(['run', ...changed, 'steps', ...shown], cells),
  };
}

function tellingOf(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))];
  const found = telling.map((form) => names.filter((name) => form.test(name)));
  return found.find((some) => some.length > 0) ?? [];
}

/** The value of a key such as `optimiser.rate`. */
function textAt(config: unknown, key: string): string {
  let value = config;
  for (const part of key.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}
