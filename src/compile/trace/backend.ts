/**
 * The TensorFlow.js backend on which a step is traced: its kernels record what they would compute.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { DType, Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';
import { type Complex, complexLowerings, isComplex } from '../lower/complex.js';
import { lowerings } from '../lower/table.js';
import type { RandomValues } from '../random/distribution.js';
import { calledFrom } from './caller.js';
import type { HostValues } from './constants.js';
import { drawnData, drawnInputs } from './draws.js';
import { drawUnderWay } from './random-op.js';
import {
  largestConstant,
  noTensors,
  readsValue,
  type TraceData,
  type Tracer,
  tensorType,
} from './tracer.js';

export const backendName = 'mixgan-trace';

/** The trace in progress; tracing is synchronous, so there is at most one. */
let current: Tracer | undefined;

/** Makes `tracer`, or nobody, record what the kernels are asked for. */
export function recordIn(tracer: Tracer | undefined): void {
  current = tracer;
}

function tracing(): Tracer {
  if (current === undefined)
    throw new CompileError(
      'a tensor was used that a step kept in a trace that failed: it has no values',
    );
  return current;
}

/** Registers the backend, and every kernel that any backend knows: those without a lowering throw. */
export function prepareBackend(): void {
  if (tf.findBackend(backendName) !== null) return;
  tf.registerBackend(backendName, () => new TraceBackend(), 0);
  const known = new Set([...Object.keys(lowerings), ...Object.keys(complexLowerings)]);
  for (const kernel of tf.getKernelsForBackend('cpu')) known.add(kernel.kernelName);
  for (const kernelName of known) {
    tf.registerKernel({
      kernelName: kernelName as Parameters<typeof tf.getKernel>[0],
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const tracer = tracing();
        const drawn = drawnInputs(tracer, kernelName, inputs, attrs ?? {});
        const outputs = tracer.record(
          kernelName,
          drawn === undefined ? inputs : { ...inputs, ...drawn },
          attrs ?? {},
        );
        // One output is not the same to TensorFlow.js as a list of one.
        return Array.isArray(outputs)
          ? outputs.map((output: Value) => infoOf(output, tracer, backend as TraceBackend))
          : infoOf(outputs as Value | Complex, tracer, backend as TraceBackend);
      },
    });
  }
}

/** A tensor of the backend that stands for a value. */
function infoOf(value: Value | Complex, tracer: Tracer, backend: TraceBackend): tf.TensorInfo {
  const dataId = tracer.idOf(value);
  backend.incRef(dataId);
  if (isComplex(value)) return { dataId, shape: [...value.real.shape], dtype: 'complex64' };
  return { dataId, shape: value.shape.slice(), dtype: tensorType(value.dtype) };
}

/** The data id of a constant that the step makes. */
function constantData(
  tracer: Tracer,
  values: HostValues,
  dtype: DType,
  shape: readonly number[],
): object {
  const standsFor =
    dtype === 'float32' && values.length === 1 ? tracer.scalarFor(Number(values[0])) : undefined;
  const value =
    standsFor === undefined
      ? tracer.constant(dtype, shape, values)
      : tracer.build.reshape(standsFor, shape);
  const dataId = tracer.idOf(value);
  if (values.length > largestConstant && 'values' in value.constant!) {
    tracer.refuse(
      dataId,
      `a traced step makes a constant of shape [${shape}]: make it an input of the step${calledFrom()}`,
    );
  }
  return dataId;
}

/** The backend: it hands out data ids, and refuses to give values back. */
class TraceBackend extends tf.KernelBackend {
  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): object {
    const tracer = tracing();
    if (dtype === 'string' || dtype === 'complex64') {
      throw tracer.fail(noTensors(dtype));
    }
    const given = (values ?? new Float32Array(sizeOf(shape))) as HostValues;
    const draw = drawUnderWay();
    const dataId =
      draw === undefined
        ? constantData(tracer, given, dtype, shape)
        : drawnData(tracer, draw, given as RandomValues, dtype, shape);
    (dataId as TraceData).references = 1;
    return dataId;
  }
  override readSync(dataId: object): tf.BackendValues {
    return tracing().read(dataId);
  }
  /** Refuses, and is never settled: nobody may look after what is waiting for it. */
  override read(): Promise<tf.BackendValues> {
    tracing().fail(readsValue());
    return new Promise(() => undefined);
  }
  override refCount(dataId: object): number {
    return (dataId as TraceData).references;
  }
  override incRef(dataId: object): void {
    (dataId as TraceData).references++;
  }
  override disposeData(dataId: object, force = false): boolean {
    const data = dataId as TraceData;
    data.references = Math.max(data.references - 1, 0);
    return force || data.references === 0;
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
