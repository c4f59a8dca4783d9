/**
 * What becomes of the tensors of a step while it is traced: each stands for a value of the graph.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import { Builder } from '../graph/builder.js';
import { type DType, numbersOf, type PortValue, type Value } from '../graph/graph.js';
import type { Port } from '../graph/port.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { UnsupportedOption } from '../lower/lowering.js';
import { lowerings } from '../lower/table.js';
import type { Supply } from '../supply.js';
import { calledFrom } from './caller.js';
import { randomOp } from './random-op.js';

/** Constants larger than this were hardly meant to be constants. */
export const largestConstant = 65_536;

export class Tracer {
  readonly build = new Builder();
  readonly reads: PortValue[] = [];
  /** The variables that were read, then those that were only assigned. */
  readonly state: tf.Variable[] = [];
  /** Variables that the step made, with what it made them from. */
  readonly made: { readonly variable: tf.Variable; readonly initial: Value }[] = [];
  /** What the host supplies at each call. */
  readonly supplies: { readonly supply: Supply; readonly value: Value }[] = [];
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

  /** A value that the host is asked for at each call. */
  supply(supply: Supply): Value {
    const value = this.build.input(supply.dtype, supply.shape);
    this.supplies.push({ supply, value });
    return value;
  }

  /** A tensor of the trace backend. */
  tensorOf(
    dataId: object,
    { shape, dtype }: { readonly shape: Shape; readonly dtype: tf.DataType | DType },
  ): tf.Tensor {
    tf.backend().incRef(dataId);
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

/** TensorFlow.js has neither int64 nor uint8. */
export const tensorType = (dtype: tf.DataType | DType): tf.DataType =>
  dtype === 'int64' || dtype === 'uint8' ? 'int32' : dtype;

export const drawsRandomNumbers = (): string =>
  `a traced step draws random numbers with tf.${randomOp()}, the same ones at every call: make them an input of the step${calledFrom()}`;
