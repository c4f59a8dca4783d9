/**
 * Compiling in Node: steps run by onnxruntime on the cores of this machine, or by another runtime.
 */
import { type CompiledStep, compileOn, type StepOptions } from './compiled.js';
import type { Group } from './group.js';
import { endLanes } from './runtime/node/lanes.js';
import { nodeRuntime } from './runtime/node/runtime.js';
import type { SessionOptions } from './runtime/node/session.js';
import type { AnyRuntime, Runtime } from './runtime/runtime.js';
import type { StepFunction } from './step.js';
import './trace/loaded.js';
import { inTurn } from './turns.js';

/** What runs the step: onnxruntime on the cores of this machine, with options, or another runtime. */
export type CompileOptions<Held = never> = StepOptions &
  (
    | (SessionOptions & { readonly runtime?: undefined; readonly group?: Group | undefined })
    | {
        readonly runtime: Runtime<Held>;
        readonly threads?: never;
        readonly profile?: never;
        readonly group?: never;
      }
  );

/**
 * @param step a pure function of tensors; see `StepFunction`
 * @returns the step, compiled at the first call with inputs of new types or shapes
 */
export function compileStep<Held = never>(
  step: StepFunction,
  { runtime, random, firstCall, seed, changes, frozen, ...options }: CompileOptions<Held> = {},
): CompiledStep {
  const home = (runtime as AnyRuntime | undefined) ?? nodeRuntime(options);
  return compileOn(step, home, { random, firstCall, seed, changes, frozen });
}

/**
 * Ends the worker threads that compiled steps share. Steps that used them fail from then on, and are
 * to be disposed of; steps that are compiled later start new ones.
 */
export const endThreads = (): Promise<void> => inTurn(endLanes);
