/**
 * What onnxruntime says when it cannot do something.
 */
import { CompileError, messageOf } from '../errors.js';
import type { Origin } from '../graph/graph.js';

/** What onnxruntime does, with its failure as an error of the compiler. */
export const naming = <T>(what: 'compile' | 'run', promise: Promise<T>): Promise<T> =>
  promise.catch((thrown: unknown) => {
    throw refusalOf(what, thrown);
  });

/** An error of onnxruntime, by the operation of TensorFlow.js that it is about. */
export function refusalOf(what: 'compile' | 'run', thrown: unknown): CompileError {
  const said = messageOf(thrown);
  const [, kernel] = nodeName.exec(said) ?? [];
  const at = kernel === undefined ? '' : ` at ${kernel}`;
  return new CompileError(`onnxruntime could not ${what} the step${at}: ${said}`, {
    cause: thrown,
  });
}

/** What came of the node that an error of onnxruntime is about, if it names one. */
export function originIn(error: unknown): Origin | undefined {
  if (!(error instanceof CompileError) || error.cause === undefined) return undefined;
  const [, kernel, call] = nodeName.exec(messageOf(error.cause)) ?? [];
  return kernel === undefined ? undefined : `${kernel}@${Number(call)}`;
}

const nodeName = /\b(\w+)@(\d+)\.\d+/;
