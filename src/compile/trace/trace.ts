/**
 * Tracing: a step runs once on a TensorFlow.js backend whose kernels record instead of compute.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import { Builder } from '../graph/builder.js';
import { type DType, type Graph, numbersOf, type PortValue, type Value } from '../graph/graph.js';
import type { Port } from '../graph/port.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { UnsupportedOption } from '../lower/lowering.js';
import { lowerings } from '../lower/table.js';
import { hostState } from '../state/host.js';
import type { StepFunction, StepInput } from '../step.js';
import { checkOutput } from '../tensors.js';
import { calledFrom } from './caller.js';
import { randomOp } from './random-op.js';
import { mendSecondOrderGradients } from './second-order.js';

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
   * began; its outputs the step's, then the variables that it assigns, with the values they got last.
   */
  readonly graph: Graph;
  /** The variables, each in the place that its ports tell. */
  readonly state: readonly tf.Variable[];
}

/** Constants larger than this were hardly meant to be constants. */
const largestConstant = 65_536;

const backendName = 'mixgan-trace';

/** The trace in progress; tracing is synchronous, so there is at most one. */
let current: Tracer | undefined;

/**
 * Runs `step` on tensors without values and records what it does. Variables keep their values.
 *
 * Variables that the step makes, as TensorFlow.js's optimisers do at their first update, are there
 * afterwards with the values they were made from.
 *
 * @throws CompileError naming the operation, and the line that called it, when the step reads a
 *   value, draws random numbers, uses an operation that has no lowering, or captures a large constant
 */
export function traceStep(
  step: StepFunction,
  inputTypes: Readonly<Record<string, TensorType>>,
): Trace {
  const home: string | undefined = tf.getBackend();
  // Whatever was imported since the last time may have brought the stock gradients back.
  mendSecondOrderGradients();
  prepareBackend();
  const tracer = new Tracer();
  useBackend('cpu');
  const kept = keepVariables();
  tf.engine().startScope('trace');
  useBackend(backendName);
  current = tracer;
  const stopWatching = watchVariables((variable) => tracer.adoptMade(variable));
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
    const results = tf.tidy(() => step(tensors));
    const outputs = Object.entries(results).map(([name, tensor]) => {
      checkOutput(name, tensor);
      return { port: { kind: 'output', name } as const, value: tracer.valueOf(tensor) };
    });
    const graph = {
      outputs: [...outputs, ...tracer.writes()],
      inputs: [...inputs, ...tracer.reads],
    };
    return { build: tracer.build, graph, state: tracer.state };
  } catch (thrown) {
    abandonTape();
    throw thrown;
  } finally {
    stopWatching();
    tf.engine().endScope();
    current = undefined;
    useBackend('cpu');
    const made = tracer.made.map(({ variable, initial }) => ({
      variable,
      value: tf.tensor(numbersOf(initial)!, variable.shape, variable.dtype),
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

class Tracer {
  readonly build = new Builder();

  readonly reads: PortValue[] = [];
  /** The variables that were read, then those that were only assigned. */
  readonly state: tf.Variable[] = [];
  /** Variables that the step made, with what it made them from. */
  readonly made: { readonly variable: tf.Variable; readonly initial: Value }[] = [];
  readonly #values = new Map<object, Value>();
  /** Variables by the data that stand for their values when the step begins. */
  readonly #state = new Map<object, tf.Variable>();
  /** Constants that a step may make a variable from, and use for nothing else; with the reason. */
  readonly #refused = new Map<object, string>();

  /**
   * From now on the variable stands for the value that it has when the step begins. It gets data of
   * its own: variables may share theirs before the trace, and part ways later.
   */
  adopt(variable: tf.Variable): void {
    const dataId = {};
    this.#state.set(dataId, variable);
    variable.assign(this.tensorOf(dataId, variable));
  }

  /** Takes over a variable that the step has just made. */
  adoptMade(variable: tf.Variable): void {
    const initial = this.#valueOf(variable);
    if (initial.constant === undefined) {
      variable.dispose();
      throw new CompileError(
        `a traced step makes a variable from a value that is not known yet: make it outside of the step${calledFrom()}`,
      );
    }
    this.made.push({ variable, initial });
    this.adopt(variable);
  }

  /** The variables that have been assigned. */
  writes(): PortValue[] {
    return [...this.#state]
      .filter(([dataId, variable]) => variable.dataId !== dataId && !variable.isDisposed)
      .map(([, variable]) => ({ value: this.valueOf(variable), port: this.#portOf(variable) }));
  }

  #portOf(variable: tf.Variable): Port {
    const known = this.state.indexOf(variable);
    return { kind: 'state', index: known < 0 ? this.state.push(variable) - 1 : known };
  }

  /** A tensor of the trace backend. */
  tensorOf(
    dataId: object,
    { shape, dtype }: { readonly shape: Shape; readonly dtype: tf.DataType | DType },
  ): tf.Tensor {
    (tf.backend() as TraceBackend).incRef(dataId);
    return tf.engine().makeTensorFromDataId(dataId, [...shape], tensorType(dtype));
  }

  idOf(value: Value): object {
    const dataId = {};
    this.#values.set(dataId, value);
    return dataId;
  }

  refuse(dataId: object, reason: string): void {
    this.#refused.set(dataId, reason);
  }

  /** The values of a constant. */
  numbersOf(dataId: object): number[] | undefined {
    const value = this.#values.get(dataId);
    return value && numbersOf(value);
  }

  valueOf(info: tf.TensorInfo): Value {
    const reason = this.#refused.get(info.dataId);
    if (reason !== undefined) throw new CompileError(reason);
    return this.#valueOf(info);
  }

  #valueOf({ dataId, shape, dtype }: tf.TensorInfo): Value {
    let value = this.#values.get(dataId);
    if (value === undefined) {
      value = this.#fromOutside({ dataId, shape, dtype });
      this.#values.set(dataId, value);
    }
    // A reshape may share its tensor's data under another shape.
    return this.build.reshape(value, shape);
  }

  #fromOutside(info: tf.TensorInfo): Value {
    const variable = this.#state.get(info.dataId);
    if (variable !== undefined) {
      const value = this.build.input(variable.dtype as DType, variable.shape);
      this.reads.push({ port: this.#portOf(variable), value });
      return value;
    }
    const size = sizeOf(info.shape);
    if (size > largestConstant) {
      throw new CompileError(
        `a traced step captured a constant of shape [${info.shape}]: make it an input of the step, or a tf.variable${calledFrom()}`,
      );
    }
    const backend = tf.engine().findBackend(ownerOf(info.dataId)) as tf.KernelBackend;
    const values = backend.readSync(info.dataId) as Float32Array | Int32Array | Uint8Array;
    return this.build.constant(info.dtype as DType, info.shape, Array.from(values));
  }

  record(
    kernelName: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: tf.NamedAttrMap,
  ): Value | readonly Value[] {
    const lower = lowerings[kernelName];
    if (lower === undefined) {
      if (randomOp() !== undefined) throw new CompileError(drawsRandomNumbers());
      throw new CompileError(`the onnx engine has no lowering of ${kernelName}${calledFrom()}`);
    }
    const values: Record<string, Value> = {};
    for (const [name, info] of Object.entries(inputs)) {
      if (info != null) values[name] = this.valueOf(info as tf.TensorInfo);
    }
    try {
      return lower({ inputs: values, attrs, build: this.build });
    } catch (thrown) {
      if (!(thrown instanceof UnsupportedOption)) throw thrown;
      throw new CompileError(
        `the onnx engine has no lowering of ${thrown.message} in ${kernelName}${calledFrom()}`,
      );
    }
  }
}

/** Which backend holds the data. */
function ownerOf(dataId: object): string {
  const { state } = tf.engine() as unknown as {
    state: { tensorInfo: WeakMap<object, { backend: tf.KernelBackend }> };
  };
  const owner = state.tensorInfo.get(dataId)?.backend;
  const name = tf
    .engine()
    .backendNames()
    .find((candidate) => tf.engine().findBackend(candidate) === owner);
  if (name === undefined)
    throw new CompileError(`a traced step uses a disposed tensor${calledFrom()}`);
  return name;
}

/** The backend: it hands out data ids, and refuses to give values back. */
class TraceBackend extends tf.KernelBackend {
  readonly #references = new WeakMap<object, number>();
  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): object {
    const tracer = tracing();
    if (dtype === 'string' || dtype === 'complex64') {
      throw new CompileError(`the onnx engine has no ${dtype} tensors${calledFrom()}`);
    }
    const size = sizeOf(shape);
    const numbers = Array.from((values ?? new Float32Array(size)) as Float32Array, Number);
    const value = tracer.build.constant(dtype as DType, shape, numbers);
    const dataId = tracer.idOf(value);
    if (randomOp() !== undefined) {
      tracer.refuse(dataId, drawsRandomNumbers());
    } else if (size > largestConstant && 'values' in value.constant!) {
      tracer.refuse(
        dataId,
        `a traced step makes a constant of shape [${shape}]: make it an input of the step${calledFrom()}`,
      );
    }
    this.#references.set(dataId, 1);
    return dataId;
  }
  override readSync(dataId: object): tf.BackendValues {
    // Constants are known; the layers read some of their own.
    const numbers = tracing().numbersOf(dataId);
    if (numbers !== undefined) return Float32Array.from(numbers);
    throw new CompileError(
      `a step read a value while it was traced; a step is a pure function of tensors${calledFrom()}`,
    );
  }
  override read(dataId: object): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }
  override refCount(dataId: object): number {
    return this.#references.get(dataId) ?? 0;
  }
  override incRef(dataId: object): void {
    this.#references.set(dataId, this.refCount(dataId) + 1);
  }
  override disposeData(dataId: object, force = false): boolean {
    const left = this.refCount(dataId) - 1;
    this.#references.set(dataId, Math.max(left, 0));
    return force || left <= 0;
  }
  override numDataIds(): number {
    return 0;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override dispose(): void {}
}

/** TensorFlow.js has neither int64 nor uint8. */
const tensorType = (dtype: tf.DataType | DType): tf.DataType =>
  dtype === 'int64' || dtype === 'uint8' ? 'int32' : dtype;

const drawsRandomNumbers = (): string =>
  `a traced step draws random numbers with tf.${randomOp()}, the same ones at every call: make them an input of the step${calledFrom()}`;

function tracing(): Tracer {
  if (current === undefined) throw new CompileError('a tensor of a finished trace was used');
  return current;
}

/** Registers the backend, and every kernel that any backend knows: those without a lowering throw. */
function prepareBackend(): void {
  if (tf.findBackend(backendName) !== null) return;
  tf.registerBackend(backendName, () => new TraceBackend(), 0);
  const known = new Set(Object.keys(lowerings));
  for (const kernel of tf.getKernelsForBackend('cpu')) known.add(kernel.kernelName);
  for (const kernelName of known) {
    tf.registerKernel({
      kernelName: kernelName as Parameters<typeof tf.getKernel>[0],
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const tracer = tracing();
        const outputs = tracer.record(kernelName, inputs, attrs ?? {});
        const describe = (value: Value): tf.TensorInfo => {
          const dataId = tracer.idOf(value);
          (backend as TraceBackend).incRef(dataId);
          return { dataId, shape: [...value.shape], dtype: tensorType(value.dtype) };
        };
        // One output is not the same to TensorFlow.js as a list of one.
        return 'id' in outputs ? describe(outputs) : outputs.map(describe);
      },
    });
  }
}

/** Backends that are ready switch at once; the promise only serves those that are not. */
function useBackend(name: string): void {
  void tf.setBackend(name);
}

/** A gradient that throws leaves its tape behind, and everything after it would be recorded too. */
function abandonTape(): void {
  const { state } = tf.engine() as unknown as {
    state: { activeTape: unknown; gradientDepth: number; kernelDepth: number };
  };
  state.activeTape = null;
  state.gradientDepth = 0;
  state.kernelDepth = 0;
}
