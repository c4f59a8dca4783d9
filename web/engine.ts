import * as tf from '@tensorflow/tfjs-core';
import { compileOn } from '../src/compile/compiled.js';
import type { AnyRuntime } from '../src/compile/runtime/runtime.js';
import { mendSecondOrderGradients } from '../src/compile/trace/second-order.js';
import { useBackend } from '../src/engine/eager.js';
import { asEngineStep, type Engine } from '../src/engine/engine.js';

/**
 * A runtime of a page as an engine, for training and drawing. As opening an engine does elsewhere, it
 * puts TensorFlow.js into production mode, makes `cpu` its backend, where the weights live, and
 * corrects the gradients that are wrong at second order.
 *
 * @throws EngineError when TensorFlow.js does not start
 */
export async function openPageEngine(
  runtime: AnyRuntime & { readonly devices: readonly string[] },
): Promise<Engine> {
  tf.enableProdMode();
  await useBackend('cpu');
  await tf.ready();
  mendSecondOrderGradients();
  return {
    name: 'onnx',
    devices: runtime.devices,
    compiles: true,
    compile(step, { frozen } = {}) {
      // Noise and masks are inputs of this project's steps, on all engines.
      const run = compileOn(step, runtime, { frozen, random: 'refuse' });
      return asEngineStep(run, run.dispose);
    },
  };
}
