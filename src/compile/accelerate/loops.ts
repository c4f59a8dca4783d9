/**
 * TensorFlow.js's loops over batches, with compiled functions inside of them. They stay as they are,
 * with their callbacks, logs and shuffling, but for what they take a batch from: in place of the data
 * they get the numbers of its rows, so that a batch is copied once and not gathered by tensor
 * operations.
 */
import * as tf from '@tensorflow/tfjs-core';
import { backendName } from '../trace/backend.js';
import { engineState } from '../trace/engine-state.js';
import type { BatchFunction, ModelParts } from './parts.js';
import { joinRows, type Rows, rowsOf, sliceRows, takeRows } from './rows.js';
import type { Batch, CompiledSource, Result } from './steps.js';

/** Functions that were compiled, by what TensorFlow.js calls in their place. */
const compiled = new WeakMap<BatchFunction, CompiledSource>();

/** A function as TensorFlow.js calls it, for a compiled one. */
export function batchFunction(source: CompiledSource): BatchFunction {
  const call: BatchFunction = (batch) =>
    isWatched() ? source.stock(batch) : source.run(hostBatch(batch)).map(tensorOf);
  compiled.set(call, source);
  return call;
}

/**
 * Whether TensorFlow.js, for a gradient, or a trace wants to see every operation: a model may predict
 * within the loss of another one.
 */
const isWatched = (): boolean => engineState().gradientDepth > 0 || tf.getBackend() === backendName;

type Data = Parameters<ModelParts['predictLoop']>[0];

const listOf = (data: Data): readonly (tf.Tensor | null)[] =>
  data instanceof tf.Tensor ? [data] : data;

const hostBatch = (tensors: readonly (tf.Tensor | null)[]): Batch =>
  tensors.map((tensor, i) => tensor && rowsOf(tensor, `tensor ${i} of the data`));

function tensorOf({ values, shape, isBool, dtype }: Result): tf.Tensor {
  return isBool
    ? tf.tensor(Uint8Array.from(values), [...shape], 'bool')
    : tf.tensor(values, [...shape], dtype);
}

/** The loop's function and data for compiled ones, where they are; and the numbers of the rows. */
function overRows(
  run: BatchFunction,
  data: Data,
): { readonly run: BatchFunction; readonly data: Data; readonly dispose: () => void } {
  const source = isWatched() ? undefined : compiled.get(run);
  if (source === undefined) return { run, data, dispose: () => undefined };
  const batch = hostBatch(listOf(data));
  const numbers = tf.range(0, batch[0]!.shape[0]!, 1, 'int32');
  const take: BatchFunction = ([rows]) => {
    const taken = rows!.dataSync();
    return source.run(batch.map((all) => all && takeRows(all, taken))).map(tensorOf);
  };
  return { run: take, data: [numbers], dispose: () => numbers.dispose() };
}

/** `fitLoop` of a model. */
export const fitLoop = (stock: ModelParts['fitLoop']): ModelParts['fitLoop'] =>
  async function (this: ModelParts, train, data, ...rest) {
    const rows = overRows(train, data);
    try {
      return await stock.call(this, rows.run, rows.data, ...rest);
    } finally {
      rows.dispose();
    }
  };

/** `testLoop` of a model. */
export const testLoop = (stock: ModelParts['testLoop']): ModelParts['testLoop'] =>
  function (this: ModelParts, test, data, batchSize, ...rest) {
    const rows = overRows(test, data);
    try {
      return stock.call(this, rows.run, rows.data, batchSize, ...rest);
    } finally {
      rows.dispose();
    }
  };

/** `predictLoop` of a model. */
export const predictLoop = (
  stock: ModelParts['predictLoop'],
  source: CompiledSource,
): ModelParts['predictLoop'] =>
  function (this: ModelParts, data, batchSize = 32, verbose = false) {
    // It has its own words for what it does not do.
    if (verbose || isWatched()) return stock.call(this, data, batchSize, verbose);
    const all = hostBatch(listOf(data));
    const count = all[0]!.shape[0]!;
    const batches: (readonly Result[])[] = [];
    for (let start = 0; start < count; start += batchSize) {
      const end = Math.min(start + batchSize, count);
      batches.push(source.run(all.map((rows: Rows | null) => rows && sliceRows(rows, start, end))));
    }
    const outputs = batches[0]!.map(({ isBool }, i) =>
      tensorOf({ ...joinRows(batches.map((results) => results[i]!)), isBool }),
    );
    return outputs.length === 1 ? outputs[0]! : outputs;
  };
