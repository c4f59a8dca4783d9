import { z } from 'zod';
import { type WorkloadName, workloadNames } from '../../../bench/names.js';
import type * as racing from '../../../bench/race.js';
import type { RaceResult } from '../../../bench/race.js';
import { wholeNumber } from '../../config/numbers.js';
import { type EngineName, engineNames } from '../../engine/engine.js';
import { percent, table } from '../../text.js';
import type { Definition } from '../definition.js';
import { computeFlags, jsonFlag, valuesOf } from '../options.js';
import { print, say } from '../output.js';

const flags = z.strictObject({
  workload: z
    .array(z.enum(workloadNames))
    .exactOptional()
    .meta({ description: 'only these workloads', flag: 'NAME...' }),
  engine: z
    .array(z.enum(engineNames))
    .exactOptional()
    .meta({ description: 'only these engines (default: all that load)', flag: 'NAME...' }),
  threads: computeFlags.threads,
  steps: wholeNumber(1).default(10).describe('timed steps of each workload'),
  ...jsonFlag,
});

/** `mixgan bench` */
export const benchDefinition: Definition = {
  flags: flags.shape,
  act: async (_args, given) => {
    const [{ race, ...show }, { engineRacer, productsRacer }] = await Promise.all([
      import('../../../bench/race.js'),
      import('../../../bench/racer.js'),
    ]);
    const asked = valuesOf(flags, given);
    const engines: readonly EngineName[] = asked.engine ?? (await enginesWorthRacing());
    const workloads: readonly WorkloadName[] = asked.workload ?? workloadNames;
    const { threads, steps } = asked;
    const racers = engines.map((engine) => engineRacer(engine, { threads }));
    const ruler = engines.includes('onnx') ? productsRacer(threads) : undefined;
    try {
      const results: RaceResult[] = [];
      for (const workload of workloads) {
        say(`${workload} on ${engines.join(', ')}`);
        results.push(...(await race(workload, { racers, ruler, steps })));
      }
      print(asked.json, { document: results, text: () => describe(results, show) });
    } finally {
      for (const process of [...racers, ruler]) process?.stop();
    }
  },
};

function describe(
  results: readonly RaceResult[],
  { memory, timings }: Pick<typeof racing, 'memory' | 'timings'>,
): string {
  return table(
    [
      'workload',
      'engine',
      'ms/step',
      'min',
      'max',
      'images/s',
      'GFLOP/s',
      'products',
      'share',
      'first step',
      'memory',
    ],
    results.map((row) => [
      row.workload,
      row.engine,
      ...timings(row),
      row.imagesPerSecond.toFixed(1),
      row.gflopsPerSecond?.toFixed(1) ?? '-',
      row.productsMs?.toFixed(2) ?? '-',
      row.productsShare === null ? '-' : percent(row.productsShare),
      `${(row.firstStepMs / 1000).toFixed(2)} s`,
      memory(row),
    ]),
  );
}

/** All engines that load, but for `cpu`: it would make everyone wait for minutes. */
async function enginesWorthRacing(): Promise<EngineName[]> {
  const { diagnose } = await import('../../engine/doctor.js');
  const { engines } = await diagnose();
  return engines.filter(({ name, loads }) => loads && name !== 'cpu').map(({ name }) => name);
}
