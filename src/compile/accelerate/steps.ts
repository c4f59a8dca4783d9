/**
 * What a model does with one batch, compiled: TensorFlow.js's own functions for that, traced.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type AtOnceOptions, compileAtOnce, type StepAtOnce } from '../at-once.js';
import type { HostTensor, StepFunction, StepInput } from '../step.js';
import type { BatchFunction } from './parts.js';
import type { Rows } from './rows.js';
import { Settings } from './settings.js';

/** A batch: inputs, then targets, then weights of the rows; `null` where there are none. */
export type Batch = readonly (Rows | null)[];

/** What TensorFlow.js has as a tensor of truth values is one of int32 here. */
export type Result = HostTensor & { readonly isBool: boolean };

/** A function that TensorFlow.js makes of a model. */
export interface Source {
  /** May be called with tensors that are being traced. */
  make(): BatchFunction;
  /** The objects that it is made of: of others, it is another function. */
  madeOf(): readonly unknown[];
  readonly layers: readonly unknown[];
}

/** The function of a source, compiled: anew when it has become another one. */
export class CompiledSource {
  readonly #source: Source;
  readonly #options: AtOnceOptions;
  #calls: number;
  #compiled: Compiled | undefined;

  constructor(source: Source, options: AtOnceOptions) {
    this.#source = source;
    this.#options = options;
    this.#calls = options.firstCall;
  }

  /** The function as TensorFlow.js has it. */
  get stock(): BatchFunction {
    return this.#source.make();
  }

  run(batch: Batch): readonly Result[] {
    if (this.#compiled !== undefined && !this.#isStill(this.#compiled)) this.dispose();
    const isNew = this.#compiled === undefined;
    this.#compiled ??= {
      step: compileAtOnce(stepOf(this.stock), { ...this.#options, firstCall: this.#calls }),
      madeOf: this.#source.madeOf(),
      settings: new Settings(this.#source.layers),
    };
    const { step, settings } = this.#compiled;
    const outputs = step(inputsOf(batch));
    if (isNew) settings.settle();
    this.#calls += 1;
    return resultsOf(outputs);
  }

  dispose(): void {
    this.#compiled?.step.dispose();
    this.#compiled = undefined;
  }

  #isStill({ madeOf, settings }: Compiled): boolean {
    const now = this.#source.madeOf();
    return now.every((part, i) => part === madeOf[i]) && settings.hold();
  }
}

interface Compiled {
  readonly step: StepAtOnce;
  readonly madeOf: readonly unknown[];
  readonly settings: Settings;
}

/** Bytes stand for truth values here, and for int32 in a step: the name of an input tells which. */
const inputsOf = (batch: Batch): Record<string, StepInput> =>
  Object.fromEntries(
    batch.flatMap((rows, i) =>
      rows === null ? [] : [[`${rows.dtype === 'uint8' ? 'bool' : 'number'} ${i}`, rows]],
    ),
  );

/** The results by names that tell which of them are truth values. */
function stepOf(run: BatchFunction): StepFunction {
  return (inputs) => {
    const batch: (tf.Tensor | null)[] = [];
    for (const [name, tensor] of Object.entries(inputs)) {
      const [type, place] = name.split(' ') as [string, string];
      while (batch.length < Number(place)) batch.push(null);
      batch.push(type === 'bool' ? tf.cast(tensor, 'bool') : tensor);
    }
    const results = run(batch);
    const outputs = results.map((result, i) =>
      result.dtype === 'bool'
        ? [`bool ${i}`, tf.cast(result, 'int32')]
        : [`number ${i}`, tf.clone(result)],
    );
    // Some of them are kept, and would outlive the trace.
    tf.dispose(results);
    return Object.fromEntries(outputs);
  };
}

const resultsOf = (outputs: Readonly<Record<string, HostTensor>>): Result[] =>
  Object.entries(outputs).map(([name, output]) => ({
    ...output,
    isBool: name.startsWith('bool'),
  }));
