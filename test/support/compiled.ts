/**
 * Holds compiled steps to what the `cpu` backend computes eagerly.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { compileStep } from '../../src/compile/compile.js';
import type { Graph } from '../../src/compile/graph/graph.js';
import { legalise } from '../../src/compile/passes/legalise.js';
import { optimise } from '../../src/compile/passes/optimise.js';
import { splitInto } from '../../src/compile/passes/split/assemble.js';
import { createProgram, type Program } from '../../src/compile/program.js';
import { nodeRuntime } from '../../src/compile/runtime/node/runtime.js';
import {
  float32,
  type HostTensor,
  int32,
  type RunnableStep,
  type StepFunction,
  type StepInput,
  type StepTensors,
} from '../../src/compile/step.js';
import { signatureOf } from '../../src/compile/tensors.js';
import { traceStep } from '../../src/compile/trace/trace.js';
import { eagerEngine } from '../../src/engine/eager.js';
import type { RandomStream } from '../../src/random.js';
import { interpreter } from './interpreter/interpreter.js';

export type HostTensors = Readonly<Record<string, HostTensor>>;
export type StepInputs = Readonly<Record<string, StepInput>>;

/** What is held to the backend: a function of named tensors. */
export type TensorFunction = (inputs: StepTensors) => tf.Tensor | tf.Tensor[];

export interface CompareOptions {
  /** Inputs whose gradients are compared too. Default: all that are float32. */
  readonly gradientsOf?: readonly string[];
  /** Largest difference, as a share of the largest absolute value of a tensor. Default 1e-4. */
  readonly relative?: number;
}

/** Of what TensorFlow.js does not differentiate. */
export const forward: CompareOptions = { gradientsOf: [] };

export const cpuEngine = () => eagerEngine('cpu', ['test CPU'], 'cpu');

/**
 * Asserts that `fn`, compiled, compiled with its batch taken apart, and interpreted, computes what the
 * `cpu` backend computes: its outputs, and the gradients of a random projection of them.
 *
 * @throws Error that names the output that differs, with the worst of its elements
 */
export async function expectCompiledMatches(
  fn: TensorFunction,
  inputs: StepInputs,
  { gradientsOf, relative = 1e-4 }: CompareOptions = {},
): Promise<void> {
  const names =
    gradientsOf ?? Object.keys(inputs).filter((name) => inputs[name]!.dtype === 'float32');
  const step: StepFunction = (tensors) => {
    const outputs = numbered('output', listOf(fn(tensors)).map(boolToInt));
    if (names.length === 0) return outputs;
    const gradients = tf.grads((...xs) =>
      project(listOf(fn({ ...tensors, ...Object.fromEntries(names.map((n, i) => [n, xs[i]!])) }))),
    )(names.map((name) => tensors[name]!));
    return { ...outputs, ...numbered('gradient of ', gradients, names) };
  };
  await expectCompiledStepMatches(step, inputs, relative);
}

/**
 * Asserts that one run of a step, compiled, gives the outputs that it gives on the `cpu` backend.
 * Variables are put back to their values after each run.
 */
export async function expectCompiledStepMatches(
  step: StepFunction,
  inputs: StepInputs,
  relative = 1e-4,
): Promise<void> {
  const expected = await withVariablesKept(() => cpuEngine().compile(step)(inputs));
  const actual = await withVariablesKept(() => compileStep(step)(inputs));
  expectSameTensors(actual, expected, relative);
  const inParts = await withVariablesKept(() => compileInParts(step)(inputs));
  expectSameTensors(inParts, expected, relative);
  const interpreted = await withVariablesKept(() => interpret(step)(inputs));
  expectSameTensors(interpreted, expected, relative);
}

async function withVariablesKept<T>(run: () => Promise<T>): Promise<T> {
  const kept = Object.values(tf.engine().registeredVariables).map((variable) => ({
    variable,
    value: tf.clone(variable),
  }));
  try {
    return await run();
  } finally {
    for (const { variable, value } of kept) {
      variable.assign(value);
      value.dispose();
    }
  }
}

/** `compileStep` for the runtime that is plain TypeScript. */
export const interpret = (step: StepFunction): RunnableStep =>
  compileStep(step, { runtime: interpreter });

/** `compileStep` with the batch taken apart row by row, as only large ones are by themselves. */
export function compileInParts(step: StepFunction): RunnableStep {
  const programs = new Map<string, Promise<Program>>();
  const run = async (inputs: StepInputs) => {
    const signature = signatureOf(inputs);
    const program = programs.get(signature) ?? buildInParts(step, inputs);
    programs.set(signature, program);
    return (await program).run(inputs, 0);
  };
  const dispose = async () => {
    for (const program of programs.values()) await (await program).release();
    programs.clear();
  };
  return Object.assign(run, { dispose });
}

function buildInParts(step: StepFunction, inputs: StepInputs): Promise<Program> {
  const batches = Object.values(inputs).flatMap(({ shape }) => (shape.length > 1 ? shape[0]! : []));
  const trace = traceStep(step, inputs);
  const { graph } = optimise(trace.graph, trace.build);
  const parts = Math.max(1, ...batches);
  const split = splitInto(parts, graph, trace.build);
  // Some steps have nothing that a row can do by itself.
  const inParts = split.part.outputs.length > 0;
  const runtime = nodeRuntime({ threads: 1 });
  const legal = (whole: Graph): Graph => legalise(whole, runtime.target, trace.build);
  const { before, part, after } = split;
  const program = inParts
    ? { ...split, before: legal(before), part: legal(part), after: legal(after) }
    : legal(graph);
  return createProgram({ ...trace, graph: program }, runtime);
}

/**
 * Asserts the same names, shapes and dtypes, nearly the same numbers, and NaN and ∞ in place.
 *
 * @param relative largest difference, as a share of the largest absolute value of a tensor
 * @param floor that largest absolute value counts as at least this
 */
export function expectSameTensors(
  actual: HostTensors,
  expected: HostTensors,
  relative: number,
  floor = 0,
): void {
  const [names, wanted] = [Object.keys(actual), Object.keys(expected)];
  if (names.join() !== wanted.join()) throw new Error(`outputs ${names}, expected ${wanted}`);
  for (const [name, tensor] of Object.entries(expected)) {
    expectSameTensor(name, actual[name]!, tensor, { relative, floor });
  }
}

function expectSameTensor(
  what: string,
  actual: HostTensor,
  expected: HostTensor,
  { relative, floor }: { relative: number; floor: number },
): void {
  const describe = ({ dtype, shape }: HostTensor): string => `${dtype}[${shape}]`;
  if (describe(actual) !== describe(expected)) {
    throw new Error(`${what}: ${describe(actual)}, expected ${describe(expected)}`);
  }
  const finite = Array.from(expected.values).filter(Number.isFinite).map(Math.abs);
  const scale = finite.reduce((most, value) => Math.max(most, value), floor);
  const allowed = expected.dtype === 'int32' ? 0 : relative * scale;
  expected.values.forEach((value, i) => {
    const other = actual.values[i]!;
    const same = Number.isFinite(value)
      ? Math.abs(other - value) <= allowed
      : Object.is(other, value);
    if (!same) throw new Error(`${what}: element ${i} is ${other}, expected ${value} ± ${allowed}`);
  });
}

/** Standard normal numbers. */
export const normal = (random: RandomStream, shape: readonly number[]): HostTensor =>
  float32(shape, random.normals(tf.util.sizeFromShape([...shape])));

/** Numbers in [low, high). */
export const uniform = (
  random: RandomStream,
  shape: readonly number[],
  low: number,
  high: number,
): HostTensor =>
  float32(
    shape,
    Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () =>
      random.uniform(low, high),
    ),
  );

/** Integers in low … high, both included. */
export const integers = (
  random: RandomStream,
  shape: readonly number[],
  low: number,
  high: number,
): HostTensor =>
  int32(
    shape,
    Int32Array.from(
      { length: tf.util.sizeFromShape([...shape]) },
      () => low + random.integer(high - low + 1),
    ),
  );

/** The sum of all outputs, each element with a weight of its own. */
function project(outputs: readonly tf.Tensor[]): tf.Scalar {
  const sums = outputs
    .filter(({ dtype }) => dtype === 'float32')
    .map((output) => {
      const weights = Array.from({ length: output.size }, (_, i) => Math.cos(1 + 2.4 * i));
      return tf.sum<tf.Scalar>(tf.mul(output, tf.tensor(weights, output.shape, 'float32')));
    });
  return sums.reduce((sum, next) => tf.add<tf.Scalar>(sum, next));
}

const listOf = (result: tf.Tensor | tf.Tensor[]): tf.Tensor[] =>
  Array.isArray(result) ? result : [result];

const boolToInt = (x: tf.Tensor): tf.Tensor => (x.dtype === 'bool' ? tf.cast(x, 'int32') : x);

const numbered = (
  prefix: string,
  tensors: readonly tf.Tensor[],
  names: readonly string[] = tensors.map((_, i) => String(i)),
): StepTensors => Object.fromEntries(tensors.map((tensor, i) => [`${prefix}${names[i]}`, tensor]));
