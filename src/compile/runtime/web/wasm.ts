/**
 * onnxruntime-web's WebAssembly on the cores of a visitor's machine.
 *
 * The variables stay in the memory of the page, as in Node; WebAssembly has memory of its own, into
 * which values are copied and out of which results are, a few megabytes a step.
 */
import { CompileError } from '../../errors.js';
import type { ConstantValues } from '../../graph/graph.js';
import { hostState } from '../../state/host.js';
import { targets } from '../../target.js';
import { type Model, modelOf } from '../model.js';
import { naming } from '../refusal.js';
import type { Runtime, Session } from '../runtime.js';
import { isIsolated, type OrtWeb, tensorOf } from './ort.js';

export interface WasmOptions {
  /** Threads to compute on; one for each core, and 8 at the most, when absent. */
  readonly threads?: number | undefined;
}

export interface WasmRuntime extends Runtime {
  /** Threads that it computes on: one where the page is not isolated, whatever was asked for. */
  readonly threads: number;
  /** In words: `['WebAssembly (2 threads)']`. */
  readonly devices: readonly string[];
}

/** More of them wait for one another longer than they compute. */
const mostThreads = 8;

/** What each onnxruntime was told before its first session; it listens only then. */
const told = new WeakMap<object, number>();

/**
 * Threads share memory, which browsers allow where the page's server sends
 * `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`.
 *
 * @param ort `onnxruntime-web/wasm`; where its files lie, it is told by `ort.env.wasm.wasmPaths`
 * @throws CompileError when `threads` is not a number of threads, or another one than this
 *   onnxruntime computes on already
 */
export function wasmRuntime(ort: OrtWeb, { threads }: WasmOptions = {}): WasmRuntime {
  const asked = threads ?? Math.min(mostThreads, coresHere());
  if (!Number.isInteger(asked) || asked < 1) {
    throw new CompileError(`a step runs on one thread or more, not on ${asked}`);
  }
  const used = isIsolated() ? asked : 1;
  const before = told.get(ort.env);
  if (before !== undefined && before !== used) {
    throw new CompileError(
      `this onnxruntime-web computes on ${before} thread${before === 1 ? '' : 's'} already, and can no longer change to ${used}: load the page again, or ask for the same`,
    );
  }
  told.set(ort.env, used);
  ort.env.wasm.numThreads = used;
  return {
    target: targets.wasm,
    store: hostState,
    threads: used,
    devices: [`WebAssembly (${used} thread${used === 1 ? '' : 's'})`],
    load: (graph) => {
      if ('part' in graph) throw new Error(`${targets.wasm.name} takes no batch apart`);
      return createSession(ort, modelOf(graph));
    },
  };
}

/** Node has no navigator before version 21. */
const coresHere = (): number =>
  (globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } }).navigator
    ?.hardwareConcurrency ?? 1;

async function createSession(ort: OrtWeb, model: Model): Promise<Session> {
  const session = await naming(
    'compile',
    ort.InferenceSession.create(model.bytes, {
      executionProviders: ['wasm'],
      enableMemPattern: false,
      // The passes have done that work.
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
    }),
  );
  return {
    async run(values, into) {
      const feeds = Object.fromEntries(
        model.inputs.map((input, i) => [input.name, tensorOf(ort, input, values[i]!)]),
      );
      const results = await naming('run', session.run(feeds));
      return model.outputs.map(({ name }, i) => {
        const made = results[name]!.data as ConstantValues;
        const target = into?.[i];
        if (target === undefined) return made;
        (target as Float32Array).set(made as Float32Array);
        return target;
      });
    },
    release: () => session.release(),
  };
}
