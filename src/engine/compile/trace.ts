/**
 * Tracing: a step runs once on a TensorFlow.js backend whose kernels record instead of compute.
 */
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../errors.js';
import type { StepFunction } from '../engine.js';
import { Builder } from './builder.js';
import { type DType, type Graph, type NamedValue, numbersOf, sizeOf, type Value } from './graph.js';
import { UnsupportedOption } from './kernels/lowering.js';
import { lowerings } from './kernels/table.js';

/** A tensor without values. */
export interface TensorType {
  readonly dtype: 'float32' | 'int32';
  readonly shape: readonly number[];
}

/** A variable that a step reads or assigns. */
export interface StateValue {
  readonly variable: tf.Variable;
  readonly value: Value;
}

/** A step as a graph. Its inputs are the step's, then `reads`; its outputs the step's, then `writes`. */
export interface Trace {
  readonly build: Builder;
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
  /** Variables with the values they had when the step began. */
  readonly reads: readonly StateValue[];
  /** Variables with the values that the step assigned last. */
  readonly writes: readonly StateValue[];
}

/** Constants larger than this were hardly meant to be constants. */
const largestConstant = 65_536;

const backendName = 'mixgan-trace';

/** The trace in progress; tracing is synchronous, so there is at most one. */
let current: Tracer | undefined;

/**
 * Runs `step` on tensors without values and records what it does. Variables keep their values.
 *
 * @throws EngineError naming the operation, and the line that called it, when the step reads a
 *   value, uses an operation that has no lowering, or captures a large constant
 */
export function traceStep(
  step: StepFunction,
  inputTypes: Readonly<Record<string, TensorType>>,
): Trace {
  const home = tf.getBackend();
  prepareBackend();
  const tracer = new Tracer();
  const held = [...Object.values(tf.engine().registeredVariables)].map((variable) => ({
    variable,
    // Keeps the values alive when the traced step assigns the variable.
    value: tf.keep(tf.clone(variable)),
  }));
  for (const { variable } of held) tracer.knowVariable(variable);
  tf.engine().startScope('trace');
  useBackend(backendName);
  current = tracer;
  try {
    const inputs = Object.entries(inputTypes).map(([name, { dtype, shape }]) => ({
      name,
      value: tracer.build.input(dtype, shape),
    }));
    const tensors = Object.fromEntries(
      inputs.map(({ name, value }) => [name, tracer.tensorOf(value)]),
    );
    const results = tf.tidy(() => step(tensors));
    const outputs = Object.entries(results).map(([name, tensor]) => ({
      name,
      value: tracer.valueOf(tensor),
    }));
    const writes = held
      .filter(({ variable, value }) => variable.dataId !== value.dataId)
      .map(({ variable }) => ({ variable, value: tracer.valueOf(variable) }));
    return { build: tracer.build, inputs, outputs, reads: tracer.reads, writes };
  } catch (thrown) {
    abandonTape();
    throw thrown;
  } finally {
    tf.engine().endScope();
    current = undefined;
    useBackend(home);
    for (const { variable, value } of held) {
      if (variable.dataId !== value.dataId) variable.assign(value);
      value.dispose();
    }
  }
}

/** A traced step's graph, with names for its state: `state/3`. */
export function graphOf({ inputs, outputs, reads, writes }: Trace): Graph {
  const named = (list: readonly StateValue[], prefix: string): NamedValue[] =>
    list.map(({ value }, i) => ({ name: `${prefix}/${i}`, value }));
  return {
    inputs: [...inputs, ...named(reads, 'read')],
    outputs: [...outputs, ...named(writes, 'write')],
  };
}

class Tracer {
  readonly build = new Builder();
  readonly reads: StateValue[] = [];
  readonly #values = new Map<object, Value>();
  readonly #variables = new Map<object, tf.Variable>();

  knowVariable(variable: tf.Variable): void {
    this.#variables.set(variable.dataId, variable);
  }

  /** A tensor of the trace backend that stands for `value`. */
  tensorOf(value: Value): tf.Tensor {
    const dtype = value.dtype === 'int64' ? 'int32' : value.dtype;
    return tf.engine().makeTensorFromDataId(this.idOf(value), [...value.shape], dtype);
  }

  idOf(value: Value): object {
    const dataId = {};
    this.#values.set(dataId, value);
    return dataId;
  }

  write(dataId: object, value: Value): void {
    this.#values.set(dataId, value);
  }

  valueOf({ dataId, shape, dtype }: tf.TensorInfo): Value {
    let value = this.#values.get(dataId);
    if (value === undefined) {
      value = this.#fromOutside({ dataId, shape, dtype });
      this.#values.set(dataId, value);
    }
    // A reshape may share its tensor's data under another shape.
    return this.build.reshape(value, shape);
  }

  #fromOutside(info: tf.TensorInfo): Value {
    const variable = this.#variables.get(info.dataId);
    if (variable !== undefined) {
      const value = this.build.input(variable.dtype as DType, variable.shape);
      this.reads.push({ variable, value });
      return value;
    }
    const size = sizeOf(info.shape);
    if (size > largestConstant) {
      throw new EngineError(
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
      throw new EngineError(`the onnx engine has no lowering of ${kernelName}${calledFrom()}`);
    }
    const values: Record<string, Value> = {};
    for (const [name, info] of Object.entries(inputs)) {
      if (info != null) values[name] = this.valueOf(info as tf.TensorInfo);
    }
    try {
      return lower({ inputs: values, attrs, build: this.build });
    } catch (thrown) {
      if (!(thrown instanceof UnsupportedOption)) throw thrown;
      throw new EngineError(
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
    throw new EngineError(`a traced step uses a disposed tensor${calledFrom()}`);
  return name;
}

/** The backend: it hands out data ids, and refuses to give values back. */
class TraceBackend extends tf.KernelBackend {
  readonly #references = new WeakMap<object, number>();
  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): object {
    const tracer = tracing();
    if (dtype === 'string' || dtype === 'complex64') {
      throw new EngineError(`the onnx engine has no ${dtype} tensors${calledFrom()}`);
    }
    const size = sizeOf(shape);
    const numbers = Array.from((values ?? new Float32Array(size)) as Float32Array, Number);
    const value = tracer.build.constant(dtype as DType, shape, numbers);
    if (size > largestConstant && 'values' in value.constant!) {
      throw new EngineError(
        `a traced step makes a constant of shape [${shape}]: make it an input of the step${calledFrom()}`,
      );
    }
    const dataId = tracer.idOf(value);
    this.#references.set(dataId, 1);
    return dataId;
  }
  override readSync(dataId: object): tf.BackendValues {
    // Constants are known; the layers read some of their own.
    const value = tracing().valueOf({ dataId, shape: [], dtype: 'float32' });
    const numbers = numbersOf(value);
    if (numbers !== undefined) return Float32Array.from(numbers);
    throw new EngineError(
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

function tracing(): Tracer {
  if (current === undefined) throw new EngineError('a tensor of a finished trace was used');
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
          const dtype = value.dtype === 'int64' ? 'int32' : value.dtype;
          return { dataId, shape: [...value.shape], dtype };
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

/** Where the step stands, outside of TensorFlow.js and of the tracing itself: `, called at …`. */
function calledFrom(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  Error.stackTraceLimit = limit;
  const line = lines.find(
    (text) => !/tfjs-|tf-core|tf-layers|[\\/]engine[\\/]compile[\\/]|node:/.test(text),
  );
  return line === undefined ? '' : `, called ${line.trim()}`;
}
