/** Steps that run in Node as in a page. */
import { ganPresets } from '../../gan/presets.js';
import type { Engine } from '../../src/engine/engine.js';
import { ganWorkload, type PreparedWorkload, workloads } from '../workloads.js';

/** The workloads of `mixgan bench`, and the recipe that `samples/tab` trains. */
export const prepare = (name: string, engine: Engine): PreparedWorkload =>
  name === 'mnist-quick'
    ? ganWorkload(engine, ganPresets['mnist-quick']!)
    : workloads[name as keyof typeof workloads](engine);

/** Milliseconds of each of so many steps. */
export async function stepTimes({ run }: PreparedWorkload, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times;
}
