/** Puts the mended kernels in the place of the stock ones of the wasm backend. */
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../errors.js';
import { conv2dFilterGradient } from './conv2d-filter-gradient.js';
import { conv2dInputGradientKernel } from './conv2d-input-gradient.js';
import { elementwiseKernels } from './elementwise.js';
import { fusedMatMulKernel } from './fused-matmul.js';
import type { KernelCall, MendedKernel } from './heap.js';
import { castKernel, identityKernel } from './identity.js';
import { matMulKernel } from './matmul.js';
import { powKernel } from './pow.js';
import { meanKernel, sumKernel } from './sum.js';
import { tileKernel } from './tile.js';

const mendedKernels: readonly MendedKernel[] = [
  matMulKernel,
  fusedMatMulKernel,
  conv2dInputGradientKernel,
  ...elementwiseKernels,
  identityKernel,
  castKernel,
  powKernel,
  sumKernel,
  meanKernel,
  tileKernel,
];

/**
 * Registers the mended kernels for the backend `wasm`; a second call does nothing. May be called
 * before or after the backend starts, but after `@tensorflow/tfjs-backend-wasm` was imported.
 *
 * @throws EngineError if the stock kernels are not there.
 */
export function registerMendedWasmKernels(): void {
  if (tf.getKernel(tf.BatchMatMul, 'wasm') === undefined) {
    throw new EngineError(
      'the wasm engine has no kernels yet: import @tensorflow/tfjs-backend-wasm before mending them',
    );
  }
  // The stock backend has no such kernel, so its presence tells that this ran before.
  if (tf.getKernel(tf.Conv2DBackpropFilter, 'wasm') !== undefined) return;
  for (const kernel of mendedKernels) replaceStock(kernel);
  tf.registerKernel({
    kernelName: tf.Conv2DBackpropFilter,
    backendName: 'wasm',
    kernelFunc: (call) => conv2dFilterGradient(call as unknown as KernelCall),
  });
}

function replaceStock({ kernelName, run }: MendedKernel): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  const runStock = (call: KernelCall) =>
    stock.kernelFunc(call as unknown as Parameters<tf.KernelFunc>[0]) as tf.TensorInfo;
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => run(call as unknown as KernelCall, runStock),
  });
}
