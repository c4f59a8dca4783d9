import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { registerMendedWasmKernels } from '../../src/engine/wasm/register.js';

/** The backends that every machine has. */
export const backends = ['cpu', 'wasm'] as const;

/** Makes `name` the current backend, mended as the engines mend it. */
export async function useBackend(name: (typeof backends)[number]): Promise<void> {
  if (name === 'wasm') registerMendedWasmKernels();
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} does not start`);
}
