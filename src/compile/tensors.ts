/**
 * What goes into steps and what comes out of them, on all engines.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './errors.js';
import type { StepInput } from './step.js';

type StepInputs = Readonly<Record<string, StepInput>>;

/**
 * Inputs that the caller can no longer change.
 * @throws CompileError naming an input whose values do not fill its shape
 */
export function copyInputs(inputs: StepInputs): StepInputs {
  const copies = Object.entries(inputs).map(([name, input]) => {
    const size = tf.util.sizeFromShape([...input.shape]);
    if (size !== input.values.length) {
      throw new CompileError(
        `step input '${name}': shape [${input.shape.join(', ')}] holds ${size} values, ` +
          `but ${input.values.length} were given`,
      );
    }
    return [name, { ...input, values: input.values.slice() } as StepInput] as const;
  });
  return Object.fromEntries(copies);
}

/** The same for inputs of the same names, types and shapes, and for no others. */
export const signatureOf = (inputs: StepInputs): string =>
  Object.entries(inputs)
    .map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape}]`)
    .sort()
    .join(' ');

/** @throws CompileError when a step returned what is no tensor, or of a type that no engine returns */
export function checkOutput(name: string, output: unknown): void {
  if (!(output instanceof tf.Tensor)) {
    throw new CompileError(`step output '${name}' is not a tensor`);
  }
  if (output.dtype !== 'float32' && output.dtype !== 'int32') {
    throw new CompileError(
      `step output '${name}' has dtype ${output.dtype}; cast it to float32 or int32`,
    );
  }
}
