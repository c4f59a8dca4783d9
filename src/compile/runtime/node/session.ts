/**
 * A graph as an onnxruntime session. Used by the main thread and by the workers of `lanes.ts`.
 */
import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';
import { CompileError, messageOf } from '../../errors.js';
import type {
  ConstantValues,
  DType,
  Graph,
  NamedValue,
  Origin,
  PortValue,
} from '../../graph/graph.js';
import { keyOf } from '../../graph/port.js';
import type { Shape } from '../../graph/shapes.js';
import { encodeOnnx } from '../encode.js';
import type { Session, Values } from '../runtime.js';

/** onnxruntime-node, loaded when it is first needed. */
export function loadOrt(): typeof Ort {
  return createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;
}

/** An input or output of a model. */
export interface Terminal {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What a session is made of; it can be sent to a worker. */
export interface Model {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Terminal[];
  readonly outputs: readonly Terminal[];
}

/** A graph as a model. */
export function modelOf(graph: Graph): Model {
  // What goes in and what comes out may be the same port.
  const named = (prefix: string, list: readonly PortValue[]): NamedValue[] =>
    list.map(({ port, value }) => ({ name: `${prefix}/${keyOf(port)}`, value }));
  const terminals = (list: readonly NamedValue[]): Terminal[] =>
    list.map(({ name, value: { dtype, shape } }) => ({ name, dtype, shape }));
  const inputs = named('in', graph.inputs);
  const outputs = named('out', graph.outputs);
  return {
    bytes: encodeOnnx({ inputs, outputs }, { name: 'step', named: true }),
    inputs: terminals(inputs),
    outputs: terminals(outputs),
  };
}

export interface SessionOptions {
  /** Threads to compute on; all there are when absent. */
  readonly threads?: number | undefined;
  /** Prefix of a file to which onnxruntime writes the time of every node. */
  readonly profile?: string | undefined;
}

/** The options as onnxruntime takes them. */
export const settingsOf = ({
  threads,
  profile,
}: SessionOptions): Ort.InferenceSession.SessionOptions => ({
  executionProviders: ['cpu'],
  // A plan for the memory of a whole run costs half as much again, and saves no time.
  enableMemPattern: false,
  // The passes have done that work; onnxruntime's own would double the compile time.
  graphOptimizationLevel: 'disabled',
  logSeverityLevel: 3,
  ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
});

/** Makes tensors of what goes into a run of the model, and of where its outputs go. */
export function tensorsFor({ inputs, outputs }: Model): (
  values: Values,
  into: readonly (ConstantValues | undefined)[] | undefined,
) => {
  feeds: Record<string, Ort.Tensor>;
  fetches: Record<string, Ort.Tensor | null>;
} {
  const ort = loadOrt();
  const wrap = ({ dtype, shape }: Terminal, values: ConstantValues): Ort.Tensor =>
    new ort.Tensor(dtype, values as Float32Array, shape);
  return (values, into) => {
    const feeds: Record<string, Ort.Tensor> = {};
    inputs.forEach((input, i) => {
      feeds[input.name] = wrap(input, values[i]!);
    });
    const fetches: Record<string, Ort.Tensor | null> = {};
    outputs.forEach((output, i) => {
      const target = into?.[i];
      fetches[output.name] = target === undefined ? null : wrap(output, target);
    });
    return { feeds, fetches };
  };
}

/** @throws CompileError with what onnxruntime says */
export async function createSession(model: Model, options: SessionOptions): Promise<Session> {
  const ort = loadOrt();
  const session = await naming(
    'compile',
    ort.InferenceSession.create(model.bytes, settingsOf(options)),
  );
  const tensors = tensorsFor(model);
  const { outputs } = model;
  return {
    async run(values, into) {
      const { feeds, fetches } = tensors(values, into);
      const results = await naming('run', session.run(feeds, fetches));
      return outputs.map(
        ({ name }, i) => into?.[i] ?? (results[name]!.data as unknown as ConstantValues),
      );
    },
    release: () => session.release(),
  };
}

/** What onnxruntime says when it cannot do something, as an error of the compiler. */
const naming = <T>(what: 'compile' | 'run', promise: Promise<T>): Promise<T> =>
  promise.catch((thrown: unknown) => {
    throw refusalOf(what, thrown);
  });

/** An error of onnxruntime, by the operation of TensorFlow.js that it is about. */
export function refusalOf(what: 'compile' | 'run', thrown: unknown): CompileError {
  const said = messageOf(thrown);
  const [, kernel] = nodeName.exec(said) ?? [];
  const at = kernel === undefined ? '' : ` at ${kernel}`;
  return new CompileError(`onnxruntime could not ${what} the step${at}: ${said}`, {
    cause: thrown,
  });
}

/** What came of the node that an error of onnxruntime is about, if it names one. */
export function originIn(error: unknown): Origin | undefined {
  if (!(error instanceof CompileError) || error.cause === undefined) return undefined;
  const [, kernel, call] = nodeName.exec(messageOf(error.cause)) ?? [];
  return kernel === undefined ? undefined : `${kernel}@${Number(call)}`;
}

const nodeName = /\b(\w+)@(\d+)\.\d+/;
