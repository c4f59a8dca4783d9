/**
 * Compiling: a step is traced once for each signature of its inputs, and run from then on.
 */
import { CompileError } from './errors.js';
import { planStep } from './plan.js';
import { createProgram, type Program } from './program.js';
import { endLanes } from './runtime/node/lanes.js';
import { nodeRuntime } from './runtime/node/runtime.js';
import type { SessionOptions } from './runtime/node/session.js';
import type { Runtime } from './runtime/runtime.js';
import type { RunnableStep, StepFunction, StepInput } from './step.js';
import { copyInputs, signatureOf } from './tensors.js';
import { inTurn } from './turns.js';

/** What runs the step: onnxruntime on the cores of this machine, with options, or another runtime. */
export type CompileOptions =
  | (SessionOptions & { readonly runtime?: undefined })
  | { readonly runtime: Runtime; readonly threads?: never; readonly profile?: never };

/** A step keeps what it was compiled to for so many signatures, those that were used last. */
const mostPrograms = 16;

/**
 * @param step a pure function of tensors; see `StepFunction`
 * @returns the step, compiled at the first call with inputs of new types or shapes
 */
export function compileStep(
  step: StepFunction,
  { runtime, ...options }: CompileOptions = {},
): RunnableStep {
  const home = runtime ?? nodeRuntime(options);
  /** By signature, that which was used last at the end. */
  const programs = new Map<string, Program>();
  let disposed = false;

  const release = async (signatures: readonly string[]): Promise<void> => {
    const released = signatures.map((signature) => programs.get(signature)!);
    for (const signature of signatures) programs.delete(signature);
    await Promise.all(released.map((program) => program.release()));
  };
  const programFor = async (inputs: Readonly<Record<string, StepInput>>): Promise<Program> => {
    const signature = signatureOf(inputs);
    const known = programs.get(signature);
    if (known === undefined) await release([...programs.keys()].slice(0, 1 - mostPrograms));
    const program = known ?? (await build(step, inputs, home));
    programs.delete(signature);
    programs.set(signature, program);
    return program;
  };
  const run = async (inputs: Readonly<Record<string, StepInput>>) => {
    const copies = copyInputs(inputs);
    return inTurn(async () => {
      if (disposed) throw new CompileError('a compiled step was called after its dispose()');
      return (await programFor(copies)).run(copies);
    });
  };
  const dispose = () =>
    inTurn(() => {
      disposed = true;
      return release([...programs.keys()]);
    });
  return Object.assign(run, { dispose });
}

/**
 * Ends the worker threads that compiled steps share. Steps that used them fail from then on, and are
 * to be disposed of; steps that are compiled later start new ones.
 */
export const endThreads = (): Promise<void> => inTurn(endLanes);

async function build(
  step: StepFunction,
  inputs: Readonly<Record<string, StepInput>>,
  runtime: Runtime,
): Promise<Program> {
  // Where the state lives.
  await import('@tensorflow/tfjs-backend-cpu');
  return createProgram(planStep(step, inputs, runtime.target), runtime);
}
