/**
 * A traced step as something that can be run: its graph, and the state that it reads and writes.
 */

import type { ConstantValues, Graph } from './graph/graph.js';
import type { SplitGraph } from './passes/split/split-graph.js';
import { createSession, modelOf, type SessionOptions } from './runtime/node/session.js';
import { createSplitSession } from './runtime/node/split-session.js';
import { advance, currentArray, nextArray } from './state/state.js';
import type { HostTensor, StepInput } from './step.js';
import type { Trace } from './trace/trace.js';

export interface Program {
  /** Runs of all programs take turns: a run is to be over before the next one begins. */
  run(inputs: Readonly<Record<string, StepInput>>): Promise<Record<string, HostTensor>>;
  release(): Promise<void>;
}

/**
 * @param trace tells the state
 * @param graph computes it: `graphOf(trace)`, or what passes made of it
 */
export async function createProgram(
  trace: Trace,
  graph: Graph | SplitGraph,
  options: SessionOptions = {},
): Promise<Program> {
  // Names, shapes and variables are all that a run needs: the values would keep the whole trace in
  // memory.
  const outputs = trace.outputs.map(({ name, value }) => ({ name, shape: value.shape }));
  const reads = trace.reads.map(({ variable }) => variable);
  const writes = trace.writes.map(({ variable }) => variable);
  const session =
    'part' in graph
      ? await createSplitSession(graph, options)
      : await createSession(modelOf(graph), options);

  return {
    async run(inputs) {
      const values = new Map<string, ConstantValues>();
      for (const [name, input] of Object.entries(inputs)) values.set(name, input.values);
      reads.forEach((variable, i) => {
        values.set(`read/${i}`, currentArray(variable));
      });
      const next = writes.map(nextArray);
      const into = new Map(next.map((array, i) => [`write/${i}`, array]));
      const results = await session.run(values, into);
      writes.forEach((variable, i) => {
        advance(variable, next[i]!);
      });
      return Object.fromEntries(
        outputs.map(({ name, shape }) => [name, hostTensor(results.get(name)!, shape)]),
      );
    },
    release: () => session.release(),
  };
}

function hostTensor(values: ConstantValues, shape: readonly number[]): HostTensor {
  if (values instanceof Float32Array) return { dtype: 'float32', shape, values };
  // Truth values are 0 and 1.
  return { dtype: 'int32', shape, values: Int32Array.from(values as Uint8Array) };
}
