/**
 * A traced step as something that can be run: its graph, and the state that it reads and writes.
 */

import { createFrozenRuns } from './frozen.js';
import type { Plan } from './plan.js';
import { createRuns, type Runs } from './runs.js';
import type { AnyRuntime } from './runtime/runtime.js';
import type { Standing } from './trace/conditions.js';

/** Runs of all programs take turns: a run is to be over before the next one begins. */
export interface Program extends Runs {
  /** Whether it is still what the step does. */
  readonly standing: () => Standing;
}

/**
 * @param frozen whether its variables' values are taken for constants until they change
 * @throws CompileError as the runtime, and where its target is none that steps run on
 */
export async function createProgram(
  plan: Plan,
  runtime: AnyRuntime,
  frozen = false,
): Promise<Program> {
  const { standing } = plan;
  const others = await (frozen ? createFrozenRuns : createRuns)(plan, runtime);
  let first = plan.first && (await createRuns(plan.first, runtime));
  return {
    standing,
    async run(given, call) {
      const result = await (first ?? others).run(given, call);
      const past = first;
      first = undefined;
      await past?.release();
      return result;
    },
    async release() {
      await Promise.all([first?.release(), others.release()]);
    },
  };
}
