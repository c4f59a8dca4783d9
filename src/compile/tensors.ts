/**
 * What goes into steps and what comes out of them, on all engines.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './errors.js';
import type { StepInput, StepTensors } from './step.js';

type StepInputs = Readonly<Record<string, StepInput>>;

const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;

/**
 * Inputs that the caller can no longer change.
 * @throws CompileError naming an input that is no host tensor, or whose values do not fill its shape
 */
export function copyInputs(inputs: StepInputs): StepInputs {
  const copies = Object.entries(inputs).map(([name, input]) => {
    const type: (typeof arrays)[StepInput['dtype']] | undefined = arrays[input.dtype];
    if (type === undefined || !(input.values instanceof type)) {
      throw new CompileError(
        `step input '${name}' is no host tensor: make it with float32, int32 or uint8`,
      );
    }
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

/**
 * What a step returned.
 * @throws CompileError when that is not an object of tensors, of types that engines return
 */
export function outputsOf(returned: unknown): StepTensors {
  if (returned instanceof Promise) {
    // What it still does, it does to tensors that are no more.
    returned.catch(() => undefined);
    throw new CompileError('a step is async: it is to return its tensors at once');
  }
  if (typeof returned !== 'object' || returned === null || returned instanceof tf.Tensor) {
    throw new CompileError('a step returned no object of tensors, such as { loss }');
  }
  for (const [name, output] of Object.entries(returned)) {
    if (output instanceof Promise) {
      output.catch(() => undefined);
      throw new CompileError(
        `step output '${name}' is a promise: a step is to return its tensors at once`,
      );
    }
    if (!(output instanceof tf.Tensor)) {
      throw new CompileError(`step output '${name}' is not a tensor`);
    }
    if (output.dtype !== 'float32' && output.dtype !== 'int32') {
      throw new CompileError(
        `step output '${name}' has dtype ${output.dtype}; cast it to float32 or int32`,
      );
    }
  }
  return returned as StepTensors;
}
