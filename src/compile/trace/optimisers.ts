/**
 * TensorFlow.js's optimisers in a traced step. They keep their learning rate and the number of their
 * steps as plain numbers, which a trace would make constants of: here the host is asked for the
 * learning rate at every call, and the steps are counted after every run.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Supply } from '../supply.js';
import { calledFrom } from './caller.js';
import type { Tracer } from './tracer.js';

/** What stock optimisers keep to themselves. */
export interface Optimiser {
  learningRate: number;
  iterations_: number | undefined;
  /** Of gradient descent, with momentum or without: minus the learning rate. */
  c?: tf.Tensor;
  incrementIterations(): void;
}

interface OptimiserClass {
  readonly className: string;
  readonly prototype: { applyGradients: (this: Optimiser, gradients: unknown) => void };
}

const classes = (): readonly OptimiserClass[] =>
  [
    ...[tf.SGDOptimizer, tf.MomentumOptimizer, tf.AdagradOptimizer, tf.AdadeltaOptimizer],
    ...[tf.AdamOptimizer, tf.AdamaxOptimizer, tf.RMSPropOptimizer],
  ] as unknown as readonly OptimiserClass[];

/** The optimisers that a trace came by. */
export interface WatchedOptimisers {
  /** One for each step of an optimiser, in their order. */
  readonly steps: readonly Optimiser[];
  /** Leaves TensorFlow.js as it was. */
  stop(): void;
}

/**
 * Makes stock optimisers fit for being traced, until `stop` is called.
 *
 * @param known those that the pass before came by. They get another learning rate while they are
 *   watched: a step that reads it does something else then, and one that sets it is seen.
 */
export function watchOptimisers(tracer: Tracer, known: readonly Optimiser[]): WatchedOptimisers {
  const steps: Optimiser[] = [];
  const probed = new Map([...new Set(known)].map((optimiser) => [optimiser, probe(optimiser)]));
  const rates = new Map<Optimiser, Rate>();
  const stop = classes().map(({ className, prototype }) => {
    const { applyGradients } = prototype;
    prototype.applyGradients = function (gradients) {
      if (probed.get(this)?.isThere() === false) {
        throw tracer.fail(
          `a step sets the learning rate of ${className} while it runs, but would do so only when it is compiled: set it between calls${calledFrom()}`,
        );
      }
      const rate = rates.get(this) ?? new Rate(this, className, tracer);
      rates.set(this, rate);
      const { iterations_ } = this;
      rate.standIn(() => applyGradients.call(this, gradients));
      this.iterations_ = iterations_;
      steps.push(this);
    };
    return () => {
      prototype.applyGradients = applyGradients;
    };
  });
  return {
    steps,
    stop() {
      for (const giveBack of stop) giveBack();
      for (const { remove } of probed.values()) remove();
    },
  };
}

/** So that no two passes see the same. */
let probes = 0;

/** Another learning rate, until it is removed. */
function probe(optimiser: Optimiser): { isThere(): boolean; remove(): void } {
  const { learningRate } = optimiser;
  // Near enough not to mislead who prints it, and another number in float32.
  const share = ((probes++ % 64) + 1) * 2 ** -12;
  const other = learningRate === 0 ? share * 2 ** -30 : learningRate * (1 + share);
  optimiser.learningRate = other;
  return {
    isThere: () => optimiser.learningRate === other,
    remove() {
      if (optimiser.learningRate === other) optimiser.learningRate = learningRate;
    },
  };
}

/** What an optimiser has that is no setting: it is asked for, or counted, at every call. */
const noSettings: ReadonlySet<string> = new Set(['learningRate', 'c', 'iterations_']);

/**
 * Takes down what else an optimiser has: numbers such as its decay rates, and the lists of variables
 * that it keeps beside the model's, which are others when its weights have been set.
 *
 * @returns whether they are as they were
 */
export function settingsOf(optimiser: Optimiser): () => boolean {
  const fields = optimiser as unknown as Record<string, unknown>;
  const lengthOf = (value: unknown): unknown => (Array.isArray(value) ? value.length : undefined);
  const settings = Object.keys(fields)
    .filter((name) => !noSettings.has(name))
    .map((name) => ({ name, value: fields[name], length: lengthOf(fields[name]) }));
  return () =>
    settings.every(
      ({ name, value, length }) =>
        Object.is(fields[name], value) && (length === undefined || lengthOf(value) === length),
    );
}

/** The learning rate of an optimiser, as a value of the graph. */
class Rate {
  readonly #optimiser: Optimiser;
  readonly #standIn: tf.Tensor | number;

  constructor(optimiser: Optimiser, className: string, tracer: Tracer) {
    this.#optimiser = optimiser;
    const what = `the learning rate of ${className}`;
    if (optimiser.c === undefined) {
      const value = tracer.supply(suppliedBy(what, () => optimiser.learningRate));
      this.#standIn = tracer.numberFor(value);
    } else {
      const value = tracer.supply(
        suppliedBy(
          what,
          valueOfScalar(() => optimiser.c!),
        ),
      );
      this.#standIn = tracer.tensorOf(tracer.idOf(value), value);
    }
  }

  /** Runs with what stands for the learning rate in its place. */
  standIn(run: () => void): void {
    const { learningRate, c } = this.#optimiser;
    if (typeof this.#standIn === 'number') this.#optimiser.learningRate = this.#standIn;
    else this.#optimiser.c = this.#standIn;
    try {
      run();
    } finally {
      this.#optimiser.learningRate = learningRate;
      if (c !== undefined) this.#optimiser.c = c;
    }
  }
}

function suppliedBy(what: string, number: () => number): Supply {
  const values = new Float32Array(1);
  return {
    ...{ dtype: 'float32', shape: [], what },
    next() {
      values[0] = number();
      return values;
    },
  };
}

/** The number in a tensor, which is read when it has become another tensor. */
function valueOfScalar(scalar: () => tf.Tensor): () => number {
  let known: tf.Tensor | undefined;
  let number = 0;
  return () => {
    const tensor = scalar();
    if (tensor !== known) number = tensor.dataSync()[0]!;
    known = tensor;
    return number;
  };
}
