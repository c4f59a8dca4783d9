/**
 * What goes into steps and what comes out of them, on all engines.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './errors.js';
import type { StepInput, StepTensors } from './step.js';

type StepInputs = Readonly<Record<string, StepInput>>;

/** What compiled steps take: a TensorFlow.js tensor stands for its values. */
export type GivenInputs = Readonly<Record<string, StepInput | tf.Tensor>>;

const arrays: ReadonlyMap<unknown, new (length: number) => StepInput['values']> = new Map(
  Object.entries({ float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array }),
);

/**
 * Inputs that the caller can no longer change, as host tensors.
 * @throws CompileError naming an input that is neither a host tensor nor a tensor of TensorFlow.js, or
 *   whose values do not fill its shape
 */
export function copyInputs(inputs: GivenInputs = {}): StepInputs {
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs) || isTensor(inputs)) {
    throw new CompileError('a step is called with an object of inputs, such as { x }');
  }
  checkNames('input', inputs);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      isTensor(input) ? hostInput(name, input) : copyOf(name, input),
    ]),
  );
}

const isTensor = (value: unknown): value is tf.Tensor => value instanceof tf.Tensor;

/** Symbols are left out wherever names are listed. */
function checkNames(what: 'input' | 'output', named: object): void {
  const [symbol] = Object.getOwnPropertySymbols(named);
  if (symbol === undefined) return;
  throw new CompileError(`step ${what} ${String(symbol)} has no name: use a string`);
}

function hostInput(name: string, tensor: tf.Tensor): StepInput {
  const { dtype, shape } = tensor;
  if (tensor.isDisposed) throw new CompileError(`step input '${name}' was disposed of`);
  if (!arrays.has(dtype)) {
    throw new CompileError(`step input '${name}' is a tensor of dtype ${dtype}: compile has none`);
  }
  const values = tensor.dataSync() as StepInput['values'];
  return { dtype, shape: [...shape], values: values.slice() } as StepInput;
}

function copyOf(name: string, input: StepInput): StepInput {
  const type = input == null ? undefined : arrays.get(input.dtype);
  if (type === undefined || !(input.values instanceof type)) {
    throw new CompileError(
      `step input '${name}' is no host tensor: make it with float32, int32 or uint8`,
    );
  }
  const { shape, values } = input;
  const isLength = (length: unknown): boolean =>
    Number.isSafeInteger(length) && Number(length) >= 0;
  if (!Array.isArray(shape) || !shape.every(isLength)) {
    throw new CompileError(
      `step input '${name}': a shape is a list of lengths, not ${JSON.stringify(shape)}`,
    );
  }
  const size = tf.util.sizeFromShape([...shape]);
  if (size !== values.length) {
    throw new CompileError(
      `step input '${name}': shape [${shape.join(', ')}] holds ${size} values, ` +
        `but ${values.length} were given`,
    );
  }
  return { ...input, shape: [...shape], values: values.slice() } as StepInput;
}

/** The same for inputs of the same names, types and shapes, and for no others. */
export const signatureOf = (inputs: StepInputs): string =>
  Object.entries(inputs)
    .map(([name, { dtype, shape }]) => `${JSON.stringify(name)}:${dtype}[${shape}]`)
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
  checkNames('output', returned);
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
