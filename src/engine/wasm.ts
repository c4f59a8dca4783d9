/**
 * The `wasm` engine: TensorFlow.js on WebAssembly, with the mended kernels of `wasm/`.
 *
 * It computes on one thread: TensorFlow.js keeps WebAssembly threads off in Node, where forcing
 * them on is slower still.
 */
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { messageOf } from '../errors.js';
import { eagerEngine, useBackend } from './eager.js';
import type { EngineProbe, EngineSource } from './source.js';

const packageName = '@tensorflow/tfjs-backend-wasm';

export const wasm: EngineSource = {
  name: 'wasm',

  async probe(): Promise<EngineProbe> {
    try {
      // The package looks for its binaries next to its own entry file, wherever it is installed.
      const folder = dirname(createRequire(import.meta.url).resolve(packageName));
      await import('@tensorflow/tfjs-backend-wasm');
      const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
      await access(join(folder, `tfjs-backend-wasm${simd ? '-simd' : ''}.wasm`));
      const kind = simd ? 'WebAssembly SIMD' : 'WebAssembly without SIMD';
      return {
        name: 'wasm',
        loads: true,
        why: simd ? kind : `${kind}, which is slow: this processor or Node.js does not offer it`,
        devices: [`CPU (${kind}, 1 thread)`],
      };
    } catch (error) {
      const why = `${packageName} is missing or incomplete (${messageOf(error)}): run npm install`;
      return { name: 'wasm', loads: false, why, devices: [] };
    }
  },

  async open(devices) {
    await import('@tensorflow/tfjs-backend-wasm');
    const { registerMendedWasmKernels } = await import('./wasm/register.js');
    registerMendedWasmKernels();
    await keepingProcessListeners(() => useBackend('wasm'));
    return eagerEngine('wasm', devices, 'wasm');
  },
};

/**
 * Runs `start` and takes back the process-wide listeners that it added: the WebAssembly loader
 * installs two that rethrow every uncaught error, which would end this process with code 7.
 */
async function keepingProcessListeners(start: () => Promise<void>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => process.rawListeners(event));
  try {
    await start();
  } finally {
    for (const [i, event] of events.entries()) {
      const added = process.rawListeners(event).filter((one) => !before[i]!.includes(one));
      for (const one of added) process.removeListener(event, one as () => void);
    }
  }
}
