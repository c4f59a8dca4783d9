/**
 * Compiling: a step is traced once for each signature of its inputs, and run from then on.
 */
import { EngineError } from '../../errors.js';
import { inTurn } from '../eager.js';
import type { HostTensor, RunnableStep, StepFunction } from '../engine.js';
import { optimise } from './passes/optimise.js';
import { createProgram, type Program, type SessionOptions } from './session.js';
import { graphOf, type TensorType, traceStep } from './trace.js';

/**
 * @param step a pure function of tensors; see `StepFunction`
 * @returns the step, compiled at the first call with inputs of new types or shapes
 */
export function compileStep(step: StepFunction, options: SessionOptions = {}): RunnableStep {
  const programs = new Map<string, Promise<Program>>();
  // One run at a time, of all steps: a run reads the state that the one before it left.
  return (inputs) =>
    inTurn(async () => {
      const signature = signatureOf(inputs);
      let program = programs.get(signature);
      if (program === undefined) {
        program = build(step, inputs, options);
        programs.set(signature, program);
      }
      return (await program).run(inputs);
    });
}

async function build(
  step: StepFunction,
  inputs: Readonly<Record<string, HostTensor>>,
  options: SessionOptions,
): Promise<Program> {
  const types: Record<string, TensorType> = {};
  for (const [name, { dtype, shape, values }] of Object.entries(inputs)) {
    const size = shape.reduce((product, length) => product * length, 1);
    if (size !== values.length) {
      throw new EngineError(
        `step input '${name}': shape [${shape.join(', ')}] holds ${size} values, not ${values.length}`,
      );
    }
    types[name] = { dtype, shape };
  }
  // Where the state lives.
  await import('@tensorflow/tfjs-backend-cpu');
  const trace = traceStep(step, types);
  return createProgram(trace, optimise(graphOf(trace), trace.build), options);
}

const signatureOf = (inputs: Readonly<Record<string, HostTensor>>): string =>
  Object.entries(inputs)
    .map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape}]`)
    .sort()
    .join(' ');
