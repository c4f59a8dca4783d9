/**
 * Compiling: a step is traced once for each signature of its inputs, and run from then on.
 */
import { copyInputs, inTurn } from '../engine/eager.js';
import { optimise } from './passes/optimise.js';
import { splitBatch } from './passes/split/choose.js';
import { createProgram, type Program } from './program.js';
import type { SessionOptions } from './runtime/node/session.js';
import type { RunnableStep, StepFunction, StepInput } from './step.js';
import { traceStep } from './trace/trace.js';

/**
 * @param step a pure function of tensors; see `StepFunction`
 * @returns the step, compiled at the first call with inputs of new types or shapes
 */
export function compileStep(step: StepFunction, options: SessionOptions = {}): RunnableStep {
  const programs = new Map<string, Promise<Program>>();
  // One run at a time, of all steps: a run reads the state that the one before it left.
  return async (inputs) => {
    const copies = copyInputs(inputs);
    return inTurn(async () => {
      const signature = signatureOf(copies);
      let program = programs.get(signature);
      if (program === undefined) {
        program = build(step, copies, options);
        programs.set(signature, program);
      }
      return (await program).run(copies);
    });
  };
}

async function build(
  step: StepFunction,
  inputs: Readonly<Record<string, StepInput>>,
  options: SessionOptions,
): Promise<Program> {
  // Where the state lives.
  await import('@tensorflow/tfjs-backend-cpu');
  const trace = traceStep(step, inputs);
  const graph = optimise(trace.graph, trace.build);
  return createProgram(trace.state, splitBatch(graph, trace.build) ?? graph, options);
}

const signatureOf = (inputs: Readonly<Record<string, StepInput>>): string =>
  Object.entries(inputs)
    .map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape}]`)
    .sort()
    .join(' ');
