/**
 * A graph as an onnxruntime session. Used by the main thread and by the workers of `lanes.ts`.
 */
import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';
import { EngineError, messageOf } from '../../../errors.js';
import type { ConstantValues, DType, Graph } from '../../graph/graph.js';
import type { Shape } from '../../graph/shapes.js';
import { encodeOnnx } from '../encode.js';

/** onnxruntime-node, loaded when it is first needed. */
export function loadOrt(): typeof Ort {
  return createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;
}

/** An input or output of a model. */
export interface Port {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What a session is made of; it can be sent to a worker. */
export interface Model {
  /** Inputs are called `in/NAME` in it, outputs `out/NAME`. */
  readonly bytes: Uint8Array;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** A graph as a model. */
export function modelOf(graph: Graph): Model {
  // Names of their own for inputs and outputs: a step may call one of each by the same name.
  const prefixed = (prefix: string, list: Graph['inputs']) =>
    list.map(({ name, value }) => ({ name: `${prefix}/${name}`, value }));
  const ports = (list: Graph['inputs']) =>
    list.map(({ name, value: { dtype, shape } }) => ({ name, dtype, shape }));
  return {
    bytes: encodeOnnx(
      { inputs: prefixed('in', graph.inputs), outputs: prefixed('out', graph.outputs) },
      { name: 'step' },
    ),
    inputs: ports(graph.inputs),
    outputs: ports(graph.outputs),
  };
}

export interface SessionOptions {
  /** Threads to compute on; all there are when absent. */
  readonly threads?: number | undefined;
  /** Prefix of a file to which onnxruntime writes the time of every node. */
  readonly profile?: string | undefined;
}

/** Values by the names of ports. */
export type Values = ReadonlyMap<string, ConstantValues>;

export interface Session {
  /**
   * @param values all inputs, and whatever else there is
   * @param into arrays that outputs are written to; the others get new ones
   * @returns the outputs that are not in `into`
   */
  run(values: Values, into?: Values): Promise<Map<string, ConstantValues>>;
  release(): Promise<void>;
}

/** @throws EngineError with what onnxruntime says */
export async function createSession(
  { bytes, inputs, outputs }: Model,
  { threads, profile }: SessionOptions,
): Promise<Session> {
  const ort = loadOrt();
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
  const wrap = ({ dtype, shape }: Port, values: ConstantValues): Ort.Tensor =>
    new ort.Tensor(dtype, values as Float32Array, shape);
  return {
    async run(values, into) {
      const feeds: Record<string, Ort.Tensor> = {};
      for (const port of inputs) feeds[`in/${port.name}`] = wrap(port, values.get(port.name)!);
      const fetches: Record<string, Ort.Tensor | null> = {};
      const fresh: string[] = [];
      for (const port of outputs) {
        const target = into?.get(port.name);
        fetches[`out/${port.name}`] = target === undefined ? null : wrap(port, target);
        if (target === undefined) fresh.push(port.name);
      }
      const results = await naming('run', session.run(feeds, fetches));
      return new Map(
        fresh.map((name) => [name, results[`out/${name}`]!.data as unknown as ConstantValues]),
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
