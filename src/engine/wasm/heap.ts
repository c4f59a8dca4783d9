/**
 * What every mended kernel needs: tensors as places on the heap of the wasm backend, and the stock
 * kernels by name.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

export type { BackendWasm };

/** What a kernel is called with. */
export interface KernelCall {
  readonly inputs: tf.NamedTensorInfoMap;
  readonly attrs?: tf.NamedAttrMap;
  readonly backend: BackendWasm;
}

/** A replacement for one stock kernel, which it is handed for the cases it leaves alone. */
export interface MendedKernel {
  readonly kernelName: string;
  readonly run: (call: KernelCall, stock: (call: KernelCall) => tf.TensorInfo) => tf.TensorInfo;
}

/** Bytes of one float32. */
export const floatBytes = 4;

/** Where the values of a tensor begin on the heap, in bytes. */
export function addressOf(backend: BackendWasm, tensor: tf.TensorInfo): number {
  return backend.getMemoryOffset(tensor.dataId);
}

/**
 * The values of a float32 tensor, in place. The next allocation on the heap may move it, so take
 * the view after the last output was made and do not keep it.
 */
export function floatsOf(backend: BackendWasm, tensor: tf.TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array;
}

/** Runs a registered wasm kernel that has one output. */
export function runKernel(
  kernelName: string,
  backend: BackendWasm,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap = {},
): tf.TensorInfo {
  const kernel = tf.getKernel(kernelName, 'wasm');
  return kernel.kernelFunc({ inputs, attrs, backend }) as tf.TensorInfo;
}

/** Calls `use` with a tensor that is only a name for memory somebody else owns. */
export function withAlias<T>(
  backend: BackendWasm,
  address: number,
  size: number,
  use: (id: number) => T,
): T {
  const alias = backend.makeOutput([size], 'float32', address);
  const { id } = backend.dataIdMap.get(alias.dataId);
  try {
    return use(id);
  } finally {
    // Not `disposeData`, which would free the memory as well.
    backend.wasm.tfjs.disposeData(id);
    backend.dataIdMap.delete(alias.dataId);
  }
}
