/**
 * A traced step as something that can be run: its graph, and the state that it reads and writes.
 */

import type * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './errors.js';
import type { ConstantValues, Graph } from './graph/graph.js';
import type { SplitGraph } from './passes/split/split-graph.js';
import type { Runtime } from './runtime/runtime.js';
import type { HostTensor, StepInput } from './step.js';

export interface Program {
  /** Runs of all programs take turns: a run is to be over before the next one begins. */
  run(inputs: Readonly<Record<string, StepInput>>): Promise<Record<string, HostTensor>>;
  /** Frees what it holds. It is not run again. */
  release(): Promise<void>;
}

/**
 * @param state the variables behind the graph's ports
 * @param graph a traced step's, or what passes made of it
 * @throws CompileError as the runtime, and where its target is none that steps run on
 */
export async function createProgram(
  state: readonly tf.Variable[],
  graph: Graph | SplitGraph,
  runtime: Runtime,
): Promise<Program> {
  const { store } = runtime;
  if (runtime.target.state !== 'host') {
    throw new CompileError(`${runtime.target.name} keeps no variables between runs`);
  }
  // Ports and shapes are all that a run needs: the values would keep the whole trace in memory.
  const inputs = graph.inputs.map(({ port }) => port);
  const outputs = ('part' in graph ? graph.after : graph).outputs.map(({ port, value }) => ({
    port,
    shape: value.shape,
  }));
  const session = await runtime.load(graph);

  return {
    async run(given) {
      const values = inputs.map((port) => {
        if (port.kind === 'input') return given[port.name]!.values;
        if (port.kind === 'state') return store.read(state[port.index]!);
        throw new Error(`a step has no ${port.kind}`);
      });
      const pending = outputs.map(({ port }) =>
        port.kind === 'state' ? store.next(state[port.index]!) : undefined,
      );
      const results = await session.run(
        values,
        pending.map((next) => next?.values),
      );
      for (const next of pending) if (next !== undefined) store.commit(next);
      return Object.fromEntries(
        outputs.flatMap(({ port, shape }, i) =>
          port.kind === 'output' ? [[port.name, hostTensor(results[i]!, shape)]] : [],
        ),
      );
    },
    async release() {
      for (const variable of state) store.release(variable);
      await session.release();
    },
  };
}

function hostTensor(values: ConstantValues, shape: readonly number[]): HostTensor {
  if (values instanceof Float32Array) return { dtype: 'float32', shape, values };
  // Truth values are 0 and 1.
  return { dtype: 'int32', shape, values: Int32Array.from(values as Uint8Array) };
}
