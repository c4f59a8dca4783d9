/**
 * What becomes of the tensors of a step while it is traced: each stands for a value of the graph.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError, messageOf } from '../errors.js';
import type { Builder } from '../graph/builder.js';
import type { ConstantValues, DType, Origin, Value } from '../graph/graph.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { type Complex, type ComplexCall, complexLowerings, isComplex } from '../lower/complex.js';
import { type KernelCall, UnsupportedOption } from '../lower/lowering.js';
import { refusedKernels } from '../lower/refused.js';
import { lowerings } from '../lower/table.js';
import { type Cell, cellOf } from '../state/cell.js';
import type { StepTensors } from '../step.js';
import type { Supply } from '../supply.js';
import { outputsOf } from '../tensors.js';
import { calledFrom } from './caller.js';
import type { CommonValues } from './common.js';
import { arrayOf, constantOf, type HostArray, type HostValues } from './constants.js';
import { engineState } from './engine-state.js';
import { Journal } from './journal.js';
import type { FromOutside, Kept } from './kept.js';

/** Constants larger than this were hardly meant to be constants. */
export const largestConstant = 65_536;

/** A tensor that the step kept earlier, and reads. */
export interface ReadKept {
  readonly tensor: tf.Tensor;
  /** Whose tensor it was before the step was traced. */
  readonly cell: Cell | undefined;
  readonly read: FromOutside;
}

/** What stands behind a tensor of the trace backend. */
export interface TraceData {
  /** How many tensors there are of it. */
  references: number;
}

export interface TracerOptions {
  /** What the traces of the step have in common. */
  readonly common: CommonValues;
  /** What earlier ones kept. */
  readonly kept?: readonly Kept[];
  /** The journal of the one before. */
  readonly before?: Journal | undefined;
  /** Of the random numbers that the step draws; absent when it is to draw none. */
  readonly seed?: number | undefined;
  /** A call of a kernel, whose line is to be told. */
  readonly sought?: Origin | undefined;
}

export class Tracer {
  /** The variables that were read, and what they stand for. */
  readonly reads = new Map<tf.Variable, Value>();
  /** The kept tensors that were read. */
  readonly readKept: ReadKept[] = [];
  /** Variables that the step made, with what it made them from. */
  readonly made: { readonly variable: tf.Variable; readonly initial: Value }[] = [];
  /** The line that made the last of them, if this is not the first trace. */
  madeAt = '';
  /** What the host supplies at each call. */
  readonly supplies: { readonly supply: Supply; readonly value: Value }[] = [];
  /** Data from outside that the trace took for constants. */
  readonly captured: object[] = [];
  /** What that and the kept tensors that were read were taken for. */
  readonly outside: FromOutside[] = [];
  /** Why the graph cannot be used: it has a constant that hardly was meant to be one. */
  objection: string | undefined;
  /** The line that made the call that is sought. */
  soughtAt = '';
  /** What the step was refused with first. */
  failure: CompileError | undefined;
  readonly seed: number | undefined;
  /** Where the step does something else than in the trace before. */
  readonly journal: Journal;
  readonly #common: CommonValues;
  readonly #kept: ReadonlyMap<object, Kept>;
  /** Scalars by the numbers that stand for them. */
  readonly #numbers = new Map<number, Value>();
  /** What variables that the step makes of random numbers begin with. */
  readonly drawn = new Map<Value, () => ConstantValues>();
  readonly #values = new Map<object, Value>();
  /** How often each kernel was called. */
  readonly #calls = new Map<string, number>();
  readonly #sought: Origin | undefined;
  readonly #complex = new Map<object, Complex>();
  /** Variables by the data that stand for their values when the step begins. */
  readonly #state = new Map<object, tf.Variable>();
  /** Constants that a step may make a variable from, and use for nothing else; with the reason. */
  readonly #refused = new Map<object, string>();

  constructor({ common, kept = [], before, seed, sought }: TracerOptions) {
    this.#sought = sought;
    this.seed = seed;
    this.journal = new Journal(before);
    this.#common = common;
    this.#kept = new Map(kept.map((one) => [one.tensor.dataId, one]));
  }

  get build(): Builder {
    return this.#common.build;
  }

  /**
   * From now on the variable stands for the value that it has when the step begins. It gets data of
   * its own: variables may share theirs before the trace, and part ways later.
   */
  adopt(variable: tf.Variable): void {
    const dataId: TraceData = { references: 0 };
    this.#state.set(dataId, variable);
    variable.assign(this.tensorOf(dataId, variable));
  }

  /** Takes over a variable that the step has just made. */
  adoptMade(variable: tf.Variable): void {
    const value = this.#valueOf(variable);
    const drawn = this.drawn.get(value);
    const initial =
      drawn === undefined
        ? value
        : this.build.constantOf(value.dtype, value.shape, { values: drawn() });
    if (initial.constant === undefined) {
      variable.dispose();
      throw this.fail(
        `a traced step makes a variable from a value that is not known yet: make it outside of the step${calledFrom()}`,
      );
    }
    this.made.push({ variable, initial });
    this.madeAt = this.journal.place();
    this.adopt(variable);
  }

  /** The variables that have been assigned, and their values. */
  writes(): ReadonlyMap<tf.Variable, Value> {
    const assigned = [...this.#state].filter(
      ([dataId, variable]) => variable.dataId !== dataId && !variable.isDisposed,
    );
    return new Map(assigned.map(([, variable]) => [variable, this.valueOf(variable)]));
  }

  /**
   * A number that nobody else uses, of which a float32 constant is this scalar, and minus which is
   * minus this scalar: for code that takes plain numbers.
   */
  numberFor(value: Value): number {
    // Small, odd, and exact in float32.
    const number = (2 ** 23 - 1 - 2 * this.#numbers.size) * 2 ** -120;
    this.#numbers.set(number, value);
    this.#numbers.set(-number, this.build.unary('Neg', value));
    return number;
  }

  /** The scalar that a number stands for. */
  scalarFor(number: number): Value | undefined {
    return this.#numbers.get(number);
  }

  /** A value that the host is asked for at each call. */
  supply(supply: Supply): Value {
    const index = this.supplies.filter((other) => other.supply.what === supply.what).length;
    const value = this.#common.supply(supply, index);
    this.supplies.push({ supply, value });
    this.journal.add(supply.what, value);
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

  idOf(value: Value | Complex): object {
    const dataId: TraceData = { references: 0 };
    if (isComplex(value)) this.#complex.set(dataId, value);
    else this.#values.set(dataId, value);
    return dataId;
  }

  /** What data stands for, if the trace has met it. */
  known({ dataId, shape }: tf.TensorInfo): Value | undefined {
    const value = this.#values.get(dataId);
    return value && this.build.reshape(value, shape);
  }

  /** A constant that the step makes. */
  constant(dtype: DType, shape: Shape, values: HostValues): Value {
    const value = constantOf(this.build, dtype, shape, values);
    this.journal.add('constant', value);
    return value;
  }

  refuse(dataId: object, reason: string): void {
    this.#refused.set(dataId, reason);
  }

  /**
   * The values of a constant; the step reads what it made itself, as layers do.
   * @throws CompileError where the data is no constant, or one that was refused
   */
  read(dataId: object): tf.BackendValues {
    this.#check(dataId);
    const value = this.#values.get(dataId);
    const values = value && arrayOf(value);
    if (values === undefined) throw this.fail(readsValue());
    return values;
  }

  valueOf(info: tf.TensorInfo): Value {
    this.#check(info.dataId);
    return this.#valueOf(info);
  }

  #check(dataId: object): void {
    const reason = this.#refused.get(dataId);
    if (reason !== undefined) throw this.fail(reason);
  }

  /** An error to throw. The trace fails with the first of them, even if the step catches it. */
  fail(message: string, cause?: unknown): CompileError {
    this.failure ??= new CompileError(message, cause === undefined ? {} : { cause });
    return this.failure;
  }

  /**
   * What the step returned.
   * @throws CompileError when that is no object of tensors, and when the step went on after it was
   *   refused
   */
  outputsOf(returned: unknown): StepTensors {
    const refused = this.failure;
    // What it still does, it does to tensors that are no more.
    if (returned instanceof Promise) returned.catch(() => undefined);
    if (refused !== undefined) throw refused;
    return outputsOf(returned);
  }

  /** What goes into a kernel. */
  #operandOf(info: tf.TensorInfo): Value | Complex {
    if (info.dtype !== 'complex64') return this.valueOf(info);
    const known = this.#complex.get(info.dataId) ?? this.#complexFromOutside(info);
    this.#complex.set(info.dataId, known);
    return {
      real: this.build.reshape(known.real, info.shape),
      imaginary: this.build.reshape(known.imaginary, info.shape),
    };
  }

  #complexFromOutside(info: tf.TensorInfo): Complex {
    // Real and imaginary parts in turn.
    const values = this.#valuesFromOutside(info, 2 * sizeOf(info.shape)) as ArrayLike<number>;
    const part = (first: 0 | 1): Value => {
      const numbers = Array.from({ length: sizeOf(info.shape) }, (_, i) => values[2 * i + first]!);
      return constantOf(this.build, 'float32', info.shape, numbers);
    };
    return { real: part(0), imaginary: part(1) };
  }

  #valueOf(info: tf.TensorInfo): Value {
    let value = this.#values.get(info.dataId);
    if (value === undefined) {
      value = this.#fromOutside(info);
      this.#values.set(info.dataId, value);
    }
    // A reshape may share its tensor's data under another shape.
    return this.build.reshape(value, info.shape);
  }

  #fromOutside(info: tf.TensorInfo): Value {
    const variable = this.#state.get(info.dataId);
    if (variable !== undefined) {
      const value = this.#common.variable(variable);
      this.reads.set(variable, value);
      return value;
    }
    return this.#fromKept(info) ?? this.#captured(info);
  }

  #fromKept(info: tf.TensorInfo): Value | undefined {
    const { dataId } = info;
    const cell = cellOf(dataId);
    // A clone of a cell's tensor has the values that there were, and shares the data for a while.
    const isCell = cell !== undefined && cell.tensor === info;
    const kept = this.#kept.get(dataId);
    if (!isCell && kept === undefined) return undefined;
    const tensor = isCell ? cell.tensor : kept!.tensor;
    const value = this.#common.kept(this.readKept.length, tensor);
    const values = isCell ? (ownerOf(dataId)!.readSync(dataId) as HostArray).slice() : kept!.before;
    const read = { dataId, value, values };
    this.outside.push(read);
    this.readKept.push({ tensor, cell: isCell ? cell : undefined, read });
    return value;
  }

  #captured(info: tf.TensorInfo): Value {
    if (info.dtype === 'string' || info.dtype === 'complex64') {
      throw this.fail(noTensors(info.dtype));
    }
    const given = this.#valuesFromOutside(info, sizeOf(info.shape));
    const value = constantOf(this.build, info.dtype, info.shape, given);
    this.outside.push({ dataId: info.dataId, value, values: arrayOf(value) });
    return value;
  }

  #valuesFromOutside(info: tf.TensorInfo, size: number): HostValues {
    if (size > largestConstant) {
      // It may turn out to be what a step keeps from call to call.
      this.objection ??= `a traced step captured a constant of shape [${info.shape}]: make it an input of the step, or a tf.variable${calledFrom()}`;
    }
    const owner = ownerOf(info.dataId);
    if (owner === undefined) throw this.fail(usesDisposed(info));
    if (owner === tf.backend()) throw this.fail(usesUnknown());
    const values = owner.readSync(info.dataId) as HostValues;
    this.captured.push(info.dataId);
    return values;
  }

  record(
    kernelName: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: tf.NamedAttrMap,
  ): Value | Complex | readonly Value[] {
    const operands: Record<string, Value | Complex> = {};
    if (lowerings[kernelName] === undefined && complexLowerings[kernelName] === undefined) {
      const reason = refusedKernels[kernelName];
      const because = reason === undefined ? '' : ` (${reason})`;
      throw this.fail(`compile has no lowering of ${kernelName}${because}${calledFrom()}`);
    }
    for (const name of Object.keys(inputs)) {
      const info = inputs[name];
      if (info != null) operands[name] = this.#operandOf(info as tf.TensorInfo);
    }
    const call = (this.#calls.get(kernelName) ?? 0) + 1;
    this.#calls.set(kernelName, call);
    this.build.origin = `${kernelName}@${call}`;
    if (this.build.origin === this.#sought) this.soughtAt = calledFrom();
    try {
      return this.journal.record(kernelName, operands, attrs, () =>
        lowerCall(kernelName, { inputs: operands, attrs, build: this.build }),
      );
    } catch (thrown) {
      if (!(thrown instanceof UnsupportedOption)) {
        throw this.fail(
          `${kernelName} cannot be compiled: ${messageOf(thrown)}${calledFrom()}`,
          thrown,
        );
      }
      throw this.fail(
        `compile has no lowering of ${thrown.message} in ${kernelName}${calledFrom()}`,
      );
    } finally {
      this.build.origin = undefined;
    }
  }
}

/** @throws UnsupportedOption when it has no lowering for what it is given */
function lowerCall(kernelName: string, call: ComplexCall): Value | Complex | readonly Value[] {
  const plain = lowerings[kernelName];
  const isPlain = !Object.values(call.inputs).some(isComplex) && call.attrs.dtype !== 'complex64';
  if (plain !== undefined && isPlain) return plain(call as KernelCall);
  const lower = complexLowerings[kernelName];
  if (lower === undefined) throw new UnsupportedOption('complex64 tensors');
  return lower(call);
}

/** Which backend holds the data, by TensorFlow.js' own records. */
const ownerOf = (dataId: object): tf.KernelBackend | undefined =>
  engineState().tensorInfo.get(dataId)?.backend;

/** TensorFlow.js has neither int64 nor uint8, nor float64. */
export function tensorType(dtype: tf.DataType | DType): tf.DataType {
  if (dtype === 'float64') return 'float32';
  return dtype === 'int64' || dtype === 'uint8' ? 'int32' : dtype;
}

const usesDisposed = (info: tf.TensorInfo): string =>
  (info instanceof tf.Variable
    ? `a step uses the variable ${info.name}, which was disposed of`
    : 'a step uses a tensor that was disposed of') + calledFrom();

const usesUnknown = (): string =>
  `a step uses a tensor that it kept in a call that failed${calledFrom()}`;

export const noTensors = (dtype: string): string =>
  `compile has no ${dtype} tensors${calledFrom()}`;

export const readsValue = (): string =>
  `a step read a value while it was traced; a step is a pure function of tensors${calledFrom()}`;
