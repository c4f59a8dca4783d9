/**
 * Steps whose variables change seldom or never: their values are constants of what is loaded, which
 * is loaded again when one has changed.
 */
import { CompileError } from './errors.js';
import { sizeOf } from './graph/shapes.js';
import { freeze } from './passes/freeze.js';
import type { RunPlan } from './plan.js';
import { Prepared } from './prepared.js';
import { createRuns, type Run, type Runs, runsOf } from './runs.js';
import type { AnyRuntime, Runtime, Session } from './runtime/runtime.js';
import { tensorOf } from './state/cell.js';
import { Watch } from './state/watch.js';
import type { StepInput } from './step.js';

/** Constants are there beside the variables, and twice while they are loaded: 64 MB at most. */
const mostElements = 2 ** 24;

interface Loaded {
  readonly session: Session;
  begin(given: Readonly<Record<string, StepInput>>, call: number): Run;
}

/**
 * As `createRuns`, which it is for models of more than 64 MB, and where variables are on a device anyway.
 * @throws CompileError too where the step changes variables
 */
export async function createFrozenRuns(plan: RunPlan, runtime: AnyRuntime): Promise<Runs> {
  const { graph, state } = plan;
  const { outputs } = 'part' in graph ? graph.after : graph;
  if (outputs.some(({ port }) => port.kind === 'state')) {
    throw new CompileError(
      'a frozen step changes no variable, and this one does: compile it without `frozen`',
    );
  }
  const size = state.reduce((sum, holder) => sum + sizeOf(tensorOf(holder).shape), 0);
  if (size > mostElements || runtime.target.state === 'device') return createRuns(plan, runtime);
  const home = runtime as Runtime;
  const watch = new Watch(state, home.store);
  let loaded: Loaded | undefined;
  return {
    async run(given, call) {
      const done = watch.change();
      if (done !== undefined || loaded === undefined) {
        await loaded?.session.release();
        loaded = undefined;
        loaded = await load(plan, home);
        done?.();
      }
      const { values, into, finish } = loaded.begin(given, call);
      return finish(await loaded.session.run(values, into));
    },
    async release() {
      await loaded?.session.release();
    },
  };
}

/** The plan with its variables as they are. */
async function load(plan: RunPlan, runtime: Runtime): Promise<Loaded> {
  const { store } = runtime;
  const prepared = new Prepared<never>(plan, store);
  const stale = prepared.stale();
  if (stale !== undefined) {
    const preparing = await runtime.load(plan.prepare!);
    try {
      stale.keep(await preparing.run(stale.inputs));
    } finally {
      await preparing.release();
    }
  }
  const graph = freeze(plan.graph, (port) => {
    if (port.kind === 'prepared') return prepared.values[port.index]!;
    return port.kind === 'state' ? store.read(tensorOf(plan.state[port.index]!)) : undefined;
  });
  return { session: await runtime.load(graph), begin: runsOf({ ...plan, graph }, prepared) };
}
