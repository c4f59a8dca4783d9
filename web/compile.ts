import { type CompiledStep, compileOn, type StepOptions } from '../src/compile/compiled.js';
import type { AnyRuntime } from '../src/compile/runtime/runtime.js';
import type { StepFunction } from '../src/compile/step.js';

export type CompileOptions = StepOptions & {
  /** What runs the step: `wasmRuntime(ort)`, `await webgpuRuntime(ort)`. */
  readonly runtime: AnyRuntime;
};

/**
 * As `compile` of `mixgan/compile`, for a page.
 *
 * @param step a pure function of tensors; see `StepFunction`
 * @returns the step, compiled at the first call with inputs of new types or shapes
 */
export const compile = (
  step: StepFunction,
  { runtime, ...options }: CompileOptions,
): CompiledStep => compileOn(step, runtime, options);
