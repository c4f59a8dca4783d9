/** What an engine is: something that runs a training, sampling or prediction step. */
import type { Group } from '../compile/group.js';
import type { HostTensor, RunnableStep, StepFunction, StepInput } from '../compile/step.js';
import { throwForEngine } from '../errors.js';

/** The names of the engines, in the order in which `auto` prefers them. */
export const engineNames = [
  'tensorflow-gpu',
  'onnx',
  'cuda',
  'webgpu',
  'tensorflow',
  'wasm',
  'cpu',
] as const;

export type EngineName = (typeof engineNames)[number];

export interface Engine {
  readonly name: EngineName;
  /** What the engine computes on, in words: `['NVIDIA A100']`, `['CPU (SIMD)']`. */
  readonly devices: readonly string[];
  /** Whether a step is compiled, anew for each shape of its inputs. */
  readonly compiles: boolean;
  /**
   * Prepares `step` for running; the result may be called any number of times.
   * @param options.frozen a step whose variables change seldom or never, and not by the step: an engine
   *   that compiles may take their values for constants until they do
   */
  compile(step: StepFunction, options?: { readonly frozen?: boolean }): RunnableStep;
  /**
   * Prepares a step that several processes run together, each some parts of its batch; all are given all
   * of it. Missing where the engine does not take batches apart.
   */
  compileShared?(step: StepFunction, group: Group): SharedStep;
}

/** Resolves to undefined, with nothing done, where the batch of the step cannot be shared. */
export type SharedStep = (
  inputs: Readonly<Record<string, StepInput>>,
) => Promise<Record<string, HostTensor> | undefined>;

/** A step that fails as engines do. */
export const asEngineStep = (
  run: (...args: Parameters<RunnableStep>) => ReturnType<RunnableStep>,
  dispose: RunnableStep['dispose'],
): RunnableStep =>
  Object.assign((...args: Parameters<RunnableStep>) => run(...args).catch(throwForEngine), {
    dispose,
  });
