/**
 * Tracing: a step runs once on a TensorFlow.js backend whose kernels record instead of compute.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { Builder } from '../graph/builder.js';
import { countUses, type Graph } from '../graph/graph.js';
import { hostState } from '../state/host.js';
import type { StepFunction, StepInput } from '../step.js';
import type { Supply } from '../supply.js';
import { backendName, prepareBackend, recordIn } from './backend.js';
import { conditionsOf, type Standing } from './conditions.js';
import { arrayOf } from './constants.js';
import { abandonTape } from './engine-state.js';
import { type Optimiser, watchOptimisers } from './optimisers.js';
import { watchRandomOps } from './random-op.js';
import { mendSecondOrderGradients } from './second-order.js';
import { Tracer } from './tracer.js';

/** A tensor without values. */
export interface TensorType {
  readonly dtype: StepInput['dtype'];
  readonly shape: readonly number[];
}

/** A step as a graph. */
export interface Trace {
  readonly build: Builder;
  /**
   * Its inputs are the step's, then the variables that it reads, with the values they had when it
   * began, then what the host supplies; its outputs the step's, then the variables that it assigns,
   * with the values they got last.
   */
  readonly graph: Graph;
  /** The variables, each in the place that its ports tell. */
  readonly state: readonly tf.Variable[];
  /** What the host is asked for at each call, in the order in which the step first asked. */
  readonly supplies: readonly Supply[];
  /** Whether the step would still be traced to the same. */
  readonly standing: () => Standing;
  /** TensorFlow.js's optimisers, once for each step that they make. */
  readonly optimisers: readonly Optimiser[];
}

/**
 * Runs `step` on tensors without values and records what it does. Variables keep their values.
 *
 * Variables that the step makes, as TensorFlow.js's optimisers do at their first update, are there
 * afterwards with the values they were made from.
 *
 * @param seed of the random numbers that the step draws; absent when it is to draw none
 * @throws CompileError naming the operation, and the line that called it, when the step reads a
 *   value, draws random numbers that it is not to draw, uses an operation that has no lowering, captures a large constant,
 *   or leaves nothing behind: neither outputs nor a variable that it assigned
 */
export function traceStep(
  step: StepFunction,
  inputTypes: Readonly<Record<string, TensorType>>,
  seed?: number,
): Trace {
  const home: string | undefined = tf.getBackend();
  // Whatever was imported since the last time may have brought the stock gradients back.
  mendSecondOrderGradients();
  prepareBackend();
  const tracer = new Tracer(seed);
  useBackend('cpu');
  const kept = keepVariables();
  tf.engine().startScope('trace');
  useBackend(backendName);
  recordIn(tracer);
  const stopWatching = watchVariables((variable) => tracer.adoptMade(variable));
  const optimisers = watchOptimisers(tracer);
  const stopWatchingDraws = watchRandomOps();
  try {
    for (const { variable } of kept) tracer.adopt(variable);
    const inputs = Object.entries(inputTypes).map(([name, { dtype, shape }]) => ({
      port: { kind: 'input', name } as const,
      value: tracer.build.input(dtype, shape),
    }));
    const tensors = Object.fromEntries(
      inputs.map(({ port, value: given }) => {
        const value = given.dtype === 'uint8' ? tracer.build.cast(given, 'int32') : given;
        return [port.name, tracer.tensorOf(tracer.idOf(value), value)];
      }),
    );
    const returned = tf.tidy(() => tracer.outputsOf(step(tensors)));
    const outputs = Object.entries(returned).map(([name, tensor]) => ({
      port: { kind: 'output', name } as const,
      value: tracer.valueOf(tensor),
    }));
    const results = [...outputs, ...tracer.writes()];
    const uses = countUses({ outputs: results });
    // What no one reads, such as the numbers that an initialiser drew, is not asked for.
    const supplies = tracer.supplies.filter(({ value }) => uses.has(value));
    const read = tracer.reads.flatMap(({ port, value }) =>
      port.kind === 'state' && uses.has(value) ? tracer.state[port.index]! : [],
    );
    const supplied = supplies.map(({ value }, index) => ({
      port: { kind: 'supplied', index } as const,
      value,
    }));
    const graph = {
      outputs: results,
      inputs: [...inputs, ...tracer.reads, ...supplied],
    };
    if (graph.outputs.length === 0) {
      throw new CompileError('a step returns no tensor and assigns no variable');
    }
    return {
      build: tracer.build,
      graph,
      state: tracer.state,
      supplies: supplies.map(({ supply }) => supply),
      standing: conditionsOf(tracer.state, read, tracer.captured, optimisers.steps),
      optimisers: optimisers.steps,
    };
  } catch (thrown) {
    abandonTape();
    // The step may have caught what it was refused with, and have gone on to fail otherwise.
    throw tracer.failure ?? thrown;
  } finally {
    stopWatchingDraws();
    stopWatching();
    optimisers.stop();
    tf.engine().endScope();
    recordIn(undefined);
    useBackend('cpu');
    const made = tracer.made.map(({ variable, initial }) => ({
      variable,
      value: tf.tensor(arrayOf(initial)!, variable.shape, variable.dtype),
    }));
    for (const { variable, value } of [...kept, ...made]) {
      if (!variable.isDisposed) variable.assign(value);
      value.dispose();
    }
    if (home !== undefined) useBackend(home);
  }
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
