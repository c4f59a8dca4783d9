/**
 * A graph as an onnxruntime session that answers at once, for callers that cannot await: what
 * onnxruntime-node runs a little later in `InferenceSession.run` is a call that blocks anyway.
 */
import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';
import { CompileError, messageOf } from '../../errors.js';
import type { ConstantValues } from '../../graph/graph.js';
import type { Model } from '../model.js';
import { refusalOf } from '../refusal.js';
import type { Values } from '../runtime.js';
import { loadOrt, type SessionOptions, settingsOf, tensorsFor } from './session.js';

export interface SessionAtOnce {
  /** As `Session.run`, but that there is nothing to wait for. */
  run(inputs: Values, into?: readonly (ConstantValues | undefined)[]): Values;
  release(): void;
}

/** What onnxruntime-node's own `InferenceSession` is made of. */
export interface NativeSession {
  loadModel(
    bytes: ArrayBufferLike,
    offset: number,
    length: number,
    settings: Ort.InferenceSession.SessionOptions,
  ): void;
  run(
    feeds: Readonly<Record<string, Ort.Tensor>>,
    fetches: Readonly<Record<string, Ort.Tensor | null>>,
    options: object,
  ): Record<string, { readonly data: unknown }>;
  dispose(): void;
}

interface Native {
  readonly binding: { readonly InferenceSession: new () => NativeSession };
  initOrt(): void;
}

/** @throws CompileError when this onnxruntime-node is made otherwise */
export function loadNative(): Native {
  // What it registers has to be there first.
  loadOrt();
  try {
    const native = createRequire(import.meta.url)('onnxruntime-node/dist/binding.js') as Native;
    native.initOrt();
    return native;
  } catch (thrown) {
    throw new CompileError(
      `this version of onnxruntime-node cannot run at once: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  }
}

/** @throws CompileError with what onnxruntime says */
export function createSessionAtOnce(model: Model, options: SessionOptions): SessionAtOnce {
  const { binding } = loadNative();
  const session = new binding.InferenceSession();
  const { bytes } = model;
  naming('compile', () =>
    session.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, settingsOf(options)),
  );
  const tensors = tensorsFor(model);
  return {
    run(values, into) {
      const { feeds, fetches } = tensors(values, into);
      const results = naming('run', () => session.run(feeds, fetches, {}));
      return model.outputs.map(
        ({ name }, i) => into?.[i] ?? (results[name]!.data as ConstantValues),
      );
    },
    release: () => session.dispose(),
  };
}

function naming<T>(what: 'compile' | 'run', call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw refusalOf(what, thrown);
  }
}
