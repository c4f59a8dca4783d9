/**
 * One pass of tracing: a step runs once on a TensorFlow.js backend whose kernels record instead of
 * compute.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError, messageOf } from '../errors.js';
import { countUses, type Value } from '../graph/graph.js';
import { hostState } from '../state/host.js';
import type { StepFunction, StepInput } from '../step.js';
import type { Supply } from '../supply.js';
import { backendName, prepareBackend, recordIn } from './backend.js';
import { calledFrom, thrownFrom, withWholeStacks } from './caller.js';
import { arrayOf } from './constants.js';
import { abandonTape } from './engine-state.js';
import type { Journal } from './journal.js';
import { type FromOutside, type Kept, settleFailed, survivors, watchKept } from './kept.js';
import { type Optimiser, watchOptimisers } from './optimisers.js';
import { watchMathRandom, watchRandomOps } from './random-op.js';
import { mendSecondOrderGradients } from './second-order.js';
import { type ReadKept, Tracer, type TracerOptions } from './tracer.js';
import { refuseTraining } from './training.js';

/** A tensor without values. */
export interface TensorType {
  readonly dtype: StepInput['dtype'];
  readonly shape: readonly number[];
}

/** What a step did in one pass. */
export interface Pass {
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: ReadonlyMap<string, Value>;
  /** The variables that were read, and what they stand for. */
  readonly reads: ReadonlyMap<tf.Variable, Value>;
  /** The variables that were assigned, and what they got last. */
  readonly writes: ReadonlyMap<tf.Variable, Value>;
  /** What the step kept, and what it read of what it kept earlier. */
  readonly keeps: readonly Kept[];
  readonly readKept: readonly ReadKept[];
  /** What the host is asked for, of all that somebody reads. */
  readonly supplies: readonly { readonly supply: Supply; readonly value: Value }[];
  /** Data from outside that was taken for constants. */
  readonly captured: readonly object[];
  /** What that and the kept tensors that were read were taken for. */
  readonly outside: readonly FromOutside[];
  /** TensorFlow.js's optimisers, once for each step that they make. */
  readonly optimisers: readonly Optimiser[];
  /** Variables that the step made, and the line that made the last, if this is not the first pass. */
  readonly made: readonly tf.Variable[];
  readonly madeAt: string;
  /** The line that asked for `Math.random` first, outside of TensorFlow.js's own operations, if one did. */
  readonly randomAt: string | undefined;
  /** The line of the call that is sought. */
  readonly soughtAt: string;
  /** Why it cannot be used, though it may be of help to know. */
  readonly objection: string | undefined;
  readonly journal: Journal;
}

export interface PassOptions extends Omit<TracerOptions, 'before'> {
  /** The pass before. */
  readonly before?: Pass | undefined;
}

/**
 * Runs `step` on tensors without values and records what it does. Variables keep their values.
 *
 * Variables that the step makes, as TensorFlow.js's optimisers do at their first update, are there
 * afterwards with the values they were made from.
 *
 * @throws CompileError naming the operation, and the line that called it, when the step reads a
 *   value, draws random numbers that it is not to draw, or uses an operation that has no lowering
 */
export function tracePass(
  step: StepFunction,
  inputTypes: Readonly<Record<string, TensorType>>,
  { before, ...options }: PassOptions,
): Pass {
  const home: string | undefined = tf.getBackend();
  // Whatever was imported since the last time may have brought the stock gradients back.
  mendSecondOrderGradients();
  prepareBackend();
  const tracer = new Tracer({ ...options, before: before?.journal });
  useBackend('cpu');
  const variables = keepVariables();
  const watch = watchKept();
  tf.engine().startScope('trace');
  useBackend(backendName);
  recordIn(tracer);
  const stopWatching = watchVariables((variable) => tracer.adoptMade(variable));
  const optimisers = watchOptimisers(tracer, before?.optimisers ?? []);
  let randomAt: string | undefined;
  const stopWatchingRandom = watchMathRandom(() => {
    randomAt ??= calledFrom();
  });
  const stopWatchingDraws = watchRandomOps(options.seed !== undefined);
  const allowTraining = refuseTraining((message) => tracer.fail(message));
  let done = false;
  let keeps: readonly Kept[] = [];
  const pass = (): Omit<Pass, 'keeps'> => {
    for (const { variable } of variables) tracer.adopt(variable);
    const inputs = new Map(
      Object.entries(inputTypes).map(([name, { dtype, shape }]) => [
        name,
        options.common.input(name, dtype, shape),
      ]),
    );
    const returned = tf.tidy(() => tracer.outputsOf(step(tensorsOf(inputs, tracer))));
    const outputs = new Map(
      Object.entries(returned).map(([name, tensor]) => [name, tracer.valueOf(tensor)]),
    );
    return {
      ...{ inputs, outputs, writes: tracer.writes(), reads: tracer.reads },
      ...{ readKept: tracer.readKept, supplies: tracer.supplies, captured: tracer.captured },
      outside: tracer.outside,
      ...{ made: tracer.made.map(({ variable }) => variable), madeAt: tracer.madeAt },
      ...{ randomAt, soughtAt: tracer.soughtAt },
      ...{ objection: tracer.objection, journal: tracer.journal, optimisers: optimisers.steps },
    };
  };
  let traced: Omit<Pass, 'keeps'>;
  try {
    traced = withWholeStacks(pass);
    done = true;
  } catch (thrown) {
    abandonTape();
    // The step may have caught what it was refused with, and have gone on to fail otherwise.
    throw tracer.failure ?? explain(thrown);
  } finally {
    allowTraining();
    stopWatchingDraws();
    stopWatchingRandom();
    stopWatching();
    optimisers.stop();
    tf.engine().endScope();
    recordIn(undefined);
    useBackend('cpu');
    const made = tracer.made.map(({ variable, initial }) => ({
      variable,
      value: tf.tensor(arrayOf(initial)!, variable.shape, variable.dtype),
    }));
    for (const { variable, value } of [...variables, ...made]) {
      if (!variable.isDisposed) variable.assign(value);
      value.dispose();
    }
    watch.stop();
    keeps = survivors(watch.kept, tracer);
    if (!done) settleFailed(keeps);
    if (home !== undefined) useBackend(home);
  }
  if (traced.supplies.length === 0) return { ...traced, keeps };
  const results = [
    ...[...traced.outputs.values(), ...traced.writes.values()],
    ...keeps.map(({ value }) => value),
  ];
  const uses = countUses({ outputs: results.map((value) => ({ value })) });
  // What no one reads, such as the numbers that an initialiser drew, is not asked for.
  const supplies = traced.supplies.filter(({ value }) => uses.has(value));
  return { ...traced, keeps, supplies };
}

/** What TensorFlow.js throws, such as of shapes that do not match, with the line that called it. */
function explain(thrown: unknown): unknown {
  const place = thrown instanceof Error ? thrownFrom(thrown) : undefined;
  if (place === undefined || thrown instanceof CompileError) return thrown;
  return new CompileError(`a step failed: ${messageOf(thrown)}${place}`, { cause: thrown });
}

/** The step's inputs, as it is given them. */
function tensorsOf(inputs: ReadonlyMap<string, Value>, tracer: Tracer): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Array.from(inputs, ([name, given]) => {
      const value = given.dtype === 'uint8' ? tracer.build.cast(given, 'int32') : given;
      return [name, tracer.tensorOf(tracer.idOf(value), value)];
    }),
  );
}

/** All variables there are, and handles that keep their values while a traced step assigns them. */
function keepVariables(): { variable: tf.Variable; value: tf.Tensor }[] {
  return Object.values(tf.engine().registeredVariables).map((variable) => {
    // A handle can only be had where the values are.
    hostState.pull(variable);
    return { variable, value: tf.keep(tf.clone(variable)) };
  });
}

/** Calls `adopt` with every variable that is made until the returned function is called. */
function watchVariables(adopt: (variable: tf.Variable) => void): () => void {
  const engine = tf.engine();
  const make = engine.makeVariable;
  engine.makeVariable = (...args) => {
    const variable = make.apply(engine, args);
    adopt(variable);
    return variable;
  };
  return () => {
    engine.makeVariable = make;
  };
}

/** Backends that are ready switch at once; the promise only serves those that are not. */
function useBackend(name: string): void {
  void tf.setBackend(name);
}
