/**
 * A traced step as something that can be run: its graph, and the state that it reads and writes.
 */

import type * as tf from '@tensorflow/tfjs-core';
import type { ConstantValues, Graph } from './graph/graph.js';
import type { SplitGraph } from './passes/split/split-graph.js';
import { createSession, modelOf, type SessionOptions } from './runtime/node/session.js';
import { createSplitSession } from './runtime/node/split-session.js';
import { advance, currentArray, nextArray } from './state/state.js';
import type { HostTensor, StepInput } from './step.js';

export interface Program {
  /** Runs of all programs take turns: a run is to be over before the next one begins. */
  run(inputs: Readonly<Record<string, StepInput>>): Promise<Record<string, HostTensor>>;
  release(): Promise<void>;
}

/**
 * @param state the variables behind the graph's ports
 * @param graph a traced step's, or what passes made of it
 */
export async function createProgram(
  state: readonly tf.Variable[],
  graph: Graph | SplitGraph,
  options: SessionOptions = {},
): Promise<Program> {
  // Ports and shapes are all that a run needs: the values would keep the whole trace in memory.
  const inputs = graph.inputs.map(({ port }) => port);
  const outputs = ('part' in graph ? graph.after : graph).outputs.map(({ port, value }) => ({
    port,
    shape: value.shape,
  }));
  const session =
    'part' in graph
      ? await createSplitSession(graph, options)
      : await createSession(modelOf(graph), options);

  return {
    async run(given) {
      const values = inputs.map((port) => {
        if (port.kind === 'input') return given[port.name]!.values;
        if (port.kind === 'state') return currentArray(state[port.index]!);
        throw new Error(`a step has no ${port.kind}`);
      });
      const next = outputs.map(({ port }) =>
        port.kind === 'state' ? nextArray(state[port.index]!) : undefined,
      );
      const results = await session.run(values, next);
      const named: Record<string, HostTensor> = {};
      outputs.forEach(({ port, shape }, i) => {
        if (port.kind === 'output') named[port.name] = hostTensor(results[i]!, shape);
        if (port.kind === 'state') advance(state[port.index]!, next[i]!);
      });
      return named;
    },
    release: () => session.release(),
  };
}

function hostTensor(values: ConstantValues, shape: readonly number[]): HostTensor {
  if (values instanceof Float32Array) return { dtype: 'float32', shape, values };
  // Truth values are 0 and 1.
  return { dtype: 'int32', shape, values: Int32Array.from(values as Uint8Array) };
}
