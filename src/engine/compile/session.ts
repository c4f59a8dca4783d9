/**
 * A traced step as an onnxruntime session.
 */
import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';
import { EngineError, messageOf } from '../../errors.js';
import type { HostTensor } from '../engine.js';
import { encodeOnnx } from './encode.js';
import type { Graph } from './graph.js';
import { advance, currentArray, nextArray } from './state.js';
import type { Trace } from './trace.js';

/** onnxruntime-node, loaded when it is first needed. */
export function loadOrt(): typeof Ort {
  return createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;
}

export interface Program {
  run(inputs: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  release(): Promise<void>;
}

export interface SessionOptions {
  /** Threads of one operation; onnxruntime's own choice when absent. */
  readonly threads?: number;
  /** Prefix of a file to which onnxruntime writes the time of every node. */
  readonly profile?: string;
}

/**
 * @param trace tells the state
 * @param graph computes it: `graphOf(trace)`, or what passes made of it
 */
export async function createProgram(
  trace: Trace,
  graph: Graph,
  { threads, profile }: SessionOptions = {},
): Promise<Program> {
  // Names and variables are all that a run needs: the values would keep the whole trace in memory.
  const inputNames = trace.inputs.map(({ name }) => name);
  const outputNames = trace.outputs.map(({ name }) => name);
  const reads = trace.reads.map(({ variable }) => variable);
  const writes = trace.writes.map(({ variable }) => variable);
  const ort = loadOrt();
  const bytes = encodeOnnx(withPorts(graph), { name: 'step' });
  const session = await naming(
    'compile',
    ort.InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      // A plan for the memory of a whole run costs half as much again, and saves no time.
      enableMemPattern: false,
      // The passes have done that work; onnxruntime's own would double the compile time.
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    }),
  );
  const wrap = (array: Float32Array | Int32Array, shape: readonly number[]): Ort.Tensor =>
    array instanceof Int32Array
      ? new ort.Tensor('int32', array, shape)
      : new ort.Tensor('float32', array, shape);

  return {
    async run(inputs) {
      const feeds: Record<string, Ort.Tensor> = {};
      for (const name of inputNames) {
        const { values, shape } = inputs[name]!;
        feeds[`in/${name}`] = wrap(values, shape);
      }
      reads.forEach((variable, i) => {
        feeds[`in/read/${i}`] = wrap(currentArray(variable), variable.shape);
      });
      const fetches: Record<string, Ort.Tensor | null> = {};
      for (const name of outputNames) fetches[`out/${name}`] = null;
      const next = writes.map((variable, i) => {
        const array = nextArray(variable);
        fetches[`out/write/${i}`] = wrap(array, variable.shape);
        return array;
      });
      const results = await naming('run', session.run(feeds, fetches));
      writes.forEach((variable, i) => {
        advance(variable, next[i]!);
      });
      return Object.fromEntries(
        outputNames.map((name) => [name, hostTensor(results[`out/${name}`] as Ort.Tensor)]),
      );
    },
    release: () => session.release(),
  };
}

/** What onnxruntime says when it cannot do something, as an error of this engine. */
const naming = <T>(what: string, promise: Promise<T>): Promise<T> =>
  promise.catch((thrown: unknown) => {
    throw new EngineError(`onnxruntime could not ${what} the step: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  });

/** Names of their own for inputs and outputs: a step may call one of each by the same name. */
const withPorts = ({ inputs, outputs }: Graph): Graph => ({
  inputs: inputs.map(({ name, value }) => ({ name: `in/${name}`, value })),
  outputs: outputs.map(({ name, value }) => ({ name: `out/${name}`, value })),
});

function hostTensor({ type, dims, data }: Ort.Tensor): HostTensor {
  if (type === 'float32') return { dtype: 'float32', shape: dims, values: data as Float32Array };
  // Truth values are 0 and 1.
  return { dtype: 'int32', shape: dims, values: Int32Array.from(data as Uint8Array) };
}
