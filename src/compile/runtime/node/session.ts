/**
 * A graph as an onnxruntime session. Used by the main thread and by the workers of `lanes.ts`.
 */
import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';
import type { ConstantValues } from '../../graph/graph.js';
import type { Model, Terminal } from '../model.js';
import { naming } from '../refusal.js';
import type { Session, Values } from '../runtime.js';

/** onnxruntime-node, loaded when it is first needed. */
export function loadOrt(): typeof Ort {
  return createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;
}

export interface SessionOptions {
  /** Threads to compute on; all there are when absent. */
  readonly threads?: number | undefined;
  /** Whether threads look out for work for a while after each operation; they do when absent. */
  readonly spin?: boolean | undefined;
  /** Prefix of a file to which onnxruntime writes the time of every node. */
  readonly profile?: string | undefined;
}

/** The options as onnxruntime takes them. */
export const settingsOf = ({
  threads,
  spin = true,
  profile,
}: SessionOptions): Ort.InferenceSession.SessionOptions => ({
  executionProviders: ['cpu'],
  // A plan for the memory of a whole run costs half as much again, and saves no time.
  enableMemPattern: false,
  // The passes have done that work; onnxruntime's own would double the compile time.
  graphOptimizationLevel: 'disabled',
  logSeverityLevel: 3,
  ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  ...(spin ? {} : { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
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

/**
 * @param providers what of onnxruntime computes, before its processor's, which has what they lack
 * @throws CompileError with what onnxruntime says
 */
export async function createSession(
  model: Model,
  options: SessionOptions,
  providers: readonly string[] = ['cpu'],
): Promise<Session> {
  const ort = loadOrt();
  const session = await naming(
    'compile',
    ort.InferenceSession.create(model.bytes, {
      ...settingsOf(options),
      executionProviders: [...providers],
    }),
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
