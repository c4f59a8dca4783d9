/**
 * Tensors that a step keeps (`tf.keep`) and that are there when its trace is over: the step's
 * JavaScript may hold on to them, read them at the next call, and be read from outside.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.js';
import { arrayOf, type HostArray } from './constants.js';
import { engineState, isAlive } from './engine-state.js';

/** Something from outside, and what the trace takes it for. */
export interface FromOutside {
  readonly dataId: object;
  readonly value: Value;
  /** Its values, where it has some. */
  readonly values: HostArray | undefined;
}

export interface Kept {
  readonly tensor: tf.Tensor;
  readonly value: Value;
  /**
   * The values of what was disposed of in the trace that kept it, and that it seems to have taken the
   * place of.
   */
  readonly before: HostArray | undefined;
}

/** What a trace knows of tensors. */
interface Known {
  /** What it took data from outside for. */
  readonly outside: readonly FromOutside[];
  /** What data stands for, if the trace has met it. */
  known(info: tf.TensorInfo): Value | undefined;
}

/** Lists what is kept until the returned function is called. */
export function watchKept(): { readonly kept: Iterable<tf.Tensor>; stop(): void } {
  const engine = tf.engine();
  const keep = engine.keep;
  const kept = new Set<tf.Tensor>();
  engine.keep = <T extends tf.Tensor>(tensor: T): T => {
    kept.add(tensor);
    return keep.call(engine, tensor) as T;
  };
  const stop = () => {
    engine.keep = keep;
  };
  return { kept, stop };
}

/**
 * Those of the kept tensors that outlive their trace, and whose values are not known. The others are
 * given their values, and are tensors like any that were made outside.
 */
export function survivors(kept: Iterable<tf.Tensor>, tracer: Known): readonly Kept[] {
  const gone = tracer.outside.filter(({ dataId }) => !isAlive(dataId));
  const takeGone = (tensor: tf.Tensor): HostArray | undefined => {
    const at = gone.findIndex(({ value: { dtype, shape } }) => isOfType(tensor, dtype, shape));
    return at < 0 ? undefined : gone.splice(at, 1)[0]!.values;
  };
  const result: Kept[] = [];
  for (const tensor of kept) {
    if (tensor.isDisposed || tensor instanceof tf.Variable || !isAlive(tensor.dataId)) continue;
    const value = tracer.known(tensor);
    if (value === undefined) continue;
    const values = arrayOf(value);
    if (values === undefined) result.push({ tensor, value, before: takeGone(tensor) });
    else settle(tensor, values);
  }
  return result;
}

const isOfType = (tensor: tf.Tensor, dtype: string, shape: readonly number[]): boolean =>
  tensor.dtype === dtype && `${tensor.shape}` === `${shape}`;

/** Makes a tensor of a trace one of the `cpu` backend, with values that are its own from then on. */
export function settle({ dataId, shape, dtype }: tf.Tensor, values: HostArray): void {
  const info = engineState().tensorInfo.get(dataId);
  const cpu = tf.findBackend('cpu') as MathBackendCPU;
  if (info === undefined || info.backend === cpu) return;
  const count = info.backend.refCount(dataId);
  info.backend.disposeData(dataId, true);
  info.backend = cpu;
  cpu.move(dataId, values, [...shape], dtype as tf.NumericDataType, count);
}

/**
 * After a trace that failed: what is kept has the values of what it took the place of. Where those are
 * not known, whoever uses it is told.
 */
export function settleFailed(kept: Iterable<Kept>): void {
  for (const { tensor, before } of kept) {
    if (before !== undefined && !tensor.isDisposed) settle(tensor, before);
  }
}
