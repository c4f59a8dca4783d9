import { measure } from '../../../bench/measure.js';
import { type WorkloadName, workloadNames } from '../../../bench/names.js';
import { diagnose } from '../../engine/doctor.js';
import type { EngineName } from '../../engine/engine.js';
import { report, table } from '../output.js';

export interface BenchFlags {
  readonly workload?: readonly WorkloadName[];
  readonly engine?: readonly EngineName[];
  readonly steps: number;
  readonly json?: boolean;
}

/** `mixgan bench` */
export async function bench(flags: BenchFlags): Promise<void> {
  const engines = flags.engine ?? (await enginesThatLoad());
  const results = await measure({
    workloads: flags.workload ?? workloadNames,
    engines,
    steps: flags.steps,
    onStart: (workload) => void process.stderr.write(`${workload} on ${engines.join(', ')}\n`),
  });
  report(flags.json, results, () =>
    table(
      ['workload', 'engine', 'ms/step (median)', 'min', 'max', 'images/s', 'GFLOP/s'],
      results.map((row) => [
        row.workload,
        row.engine,
        row.msPerStep.toFixed(2),
        row.minMsPerStep.toFixed(2),
        row.maxMsPerStep.toFixed(2),
        row.imagesPerSecond.toFixed(1),
        row.gflopsPerSecond?.toFixed(1) ?? '-',
      ]),
    ),
  );
}

/** All engines that load, but not the slowest: `cpu` would make everyone wait for minutes. */
async function enginesThatLoad(): Promise<EngineName[]> {
  const { engines } = await diagnose();
  return engines.filter(({ name, loads }) => loads && name !== 'cpu').map(({ name }) => name);
}
