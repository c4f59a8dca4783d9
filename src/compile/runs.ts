/** Runs of a plan: what goes into them, where it goes, and what comes out. */
import { CompileError } from './errors.js';
import type { ConstantValues } from './graph/graph.js';
import type { RunPlan } from './plan.js';
import { Prepared } from './prepared.js';
import type { AnyRuntime, DeviceValues, Values } from './runtime/runtime.js';
import { isCell, register, tensorOf } from './state/cell.js';
import type { HostTensor, StepInput } from './step.js';

/** A plan that was loaded. */
export interface Runs {
  /** @param call the number of the step's call, which supplies are asked with */
  run(
    inputs: Readonly<Record<string, StepInput>>,
    call: number,
  ): Promise<Record<string, HostTensor>>;
  /** Frees what it holds. It is not run again. */
  release(): Promise<void>;
}

/** One run of a plan, from what it is given to what it returns. */
export interface Run<Held = never> {
  /** In the order of the graph's inputs. */
  readonly values: Values<Held>;
  /** Where outputs are to be written, in the order of the graph's. */
  readonly into: readonly (ConstantValues | Held | undefined)[];
  /**
   * Makes the new values of variables theirs.
   * @param results in the order of the graph's outputs
   * @returns what the step returns
   */
  finish(results: Values<Held>): Record<string, HostTensor>;
}

/**
 * Tells what goes into the runs of a plan, by the number of the step's call, and what comes out.
 * @param prepared what is kept between them, as it has to be when a run begins
 */
export function runsOf<Held extends DeviceValues = never>(
  { state, supplies, optimisers, graph }: RunPlan,
  prepared: Prepared<Held>,
): (given: Readonly<Record<string, StepInput>>, call: number) => Run<Held> {
  // Ports and shapes are all that a run needs: the values would keep the whole trace in memory.
  const inputs = graph.inputs.map(({ port }) => port);
  const outputs = ('part' in graph ? graph.after : graph).outputs.map(({ port, value }) => ({
    port,
    shape: value.shape,
  }));
  const cells = state.filter(isCell);
  const { store } = prepared;
  return (given, call) => {
    const values = inputs.map((port) => {
      if (port.kind === 'input') return given[port.name]!.values;
      if (port.kind === 'state') return store.read(tensorOf(state[port.index]!));
      if (port.kind === 'prepared') return prepared.values[port.index]!;
      if (port.kind === 'supplied') return supplies[port.index]!.next(call, port.index);
      throw new Error(`a step has no ${port.kind}`);
    });
    const pending = outputs.map(({ port }) =>
      port.kind === 'state' ? store.next(tensorOf(state[port.index]!)) : undefined,
    );
    return {
      values,
      into: pending.map((next) => next?.values),
      finish(results) {
        pending.forEach((next, i) => {
          if (next !== undefined) store.commit(next, results[i]!);
        });
        // Where a clone kept what there was, a cell's tensor has other data now.
        for (const cell of cells) register(cell);
        for (const optimiser of optimisers) optimiser.incrementIterations();
        return Object.fromEntries(
          outputs.flatMap(({ port, shape }, i) =>
            port.kind === 'output'
              ? [[port.name, hostTensor(results[i] as ConstantValues, shape)]]
              : [],
          ),
        );
      },
    };
  };
}

/** @throws CompileError as the runtime, and where its target is none that steps run on */
export async function createRuns(plan: RunPlan, runtime: AnyRuntime): Promise<Runs> {
  const { store } = runtime;
  if (runtime.target.state === 'model') {
    throw new CompileError(`${runtime.target.name} keeps no variables between runs`);
  }
  const prepared = new Prepared<DeviceValues>(plan, store);
  const begin = runsOf(plan, prepared);
  const { state } = plan;
  const session = await runtime.load(plan.graph);
  const preparing = plan.prepare && (await runtime.load(plan.prepare));
  return {
    async run(given, call) {
      await store.prepare?.(state.map(tensorOf));
      const stale = prepared.stale();
      if (stale !== undefined) stale.keep(await preparing!.run(stale.inputs));
      const { values, into, finish } = begin(given, call);
      return finish(await session.run(values, into));
    },
    async release() {
      for (const holder of state) store.release(tensorOf(holder));
      prepared.release();
      await Promise.all([session.release(), preparing?.release()]);
    },
  };
}

function hostTensor(values: ConstantValues, shape: readonly number[]): HostTensor {
  if (values instanceof Float32Array) return { dtype: 'float32', shape, values };
  // Truth values are 0 and 1.
  return { dtype: 'int32', shape, values: Int32Array.from(values as Uint8Array) };
}
