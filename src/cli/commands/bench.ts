import { type WorkloadName, workloadNames } from '../../../bench/names.js';
import { memory, type RaceResult, race, timings } from '../../../bench/race.js';
import { engineRacer, openRuler } from '../../../bench/racer.js';
import { diagnose } from '../../engine/doctor.js';
import type { EngineName } from '../../engine/engine.js';
import { percent } from '../../text.js';
import { report, table } from '../output.js';

export interface BenchFlags {
  readonly workload?: readonly WorkloadName[];
  readonly engine?: readonly EngineName[];
  readonly threads?: number;
  readonly steps: number;
  readonly json?: boolean;
}

/** `mixgan bench` */
export async function bench(flags: BenchFlags): Promise<void> {
  const engines = flags.engine ?? (await enginesWorthRacing());
  const racers = engines.map((engine) => engineRacer(engine, flags.threads));
  const ruler = await openRuler();
  try {
    const results: RaceResult[] = [];
    for (const workload of flags.workload ?? workloadNames) {
      process.stderr.write(`${workload} on ${engines.join(', ')}\n`);
      results.push(...(await race(workload, racers, ruler, flags.steps)));
    }
    report(flags.json, results, () => describe(results));
  } finally {
    for (const process of [...racers, ruler]) process.stop();
  }
}

function describe(results: readonly RaceResult[]): string {
  return table(
    [
      'workload',
      'engine',
      'ms/step',
      'min',
      'max',
      'images/s',
      'GFLOP/s',
      'of matmul',
      'first step',
      'memory',
    ],
    results.map((row) => [
      row.workload,
      row.engine,
      ...timings(row),
      row.imagesPerSecond.toFixed(1),
      row.gflopsPerSecond?.toFixed(1) ?? '-',
      row.matmulShare === null ? '-' : percent(row.matmulShare),
      `${(row.firstStepMs / 1000).toFixed(2)} s`,
      memory(row),
    ]),
  );
}

/** All engines that load, but for `cpu`: it would make everyone wait for minutes. */
async function enginesWorthRacing(): Promise<EngineName[]> {
  const { engines } = await diagnose();
  return engines.filter(({ name, loads }) => loads && name !== 'cpu').map(({ name }) => name);
}
