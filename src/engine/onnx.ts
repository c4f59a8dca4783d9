/**
 * The `onnx` engine: steps are traced, compiled to ONNX and run by onnxruntime on all cores.
 */
import { availableParallelism } from 'node:os';
import { UnsharedError } from '../compile/errors.js';
import { messageOf, systemErrorCode, throwForEngine } from '../errors.js';
import { useBackend } from './eager.js';
import { asEngineStep, type Engine } from './engine.js';
import type { EngineProbe, EngineSource } from './source.js';

export const onnx: EngineSource = {
  name: 'onnx',
  takesThreads: true,

  async probe({ cores = availableParallelism(), threads = cores } = {}): Promise<EngineProbe> {
    try {
      const { loadOrt } = await import('../compile/runtime/node/session.js');
      const version = loadOrt().env.versions.node;
      const why = `onnxruntime ${version}, every step compiled to one graph`;
      return {
        name: 'onnx',
        loads: true,
        why,
        devices: [`CPU (${threads} thread${threads === 1 ? '' : 's'})`],
      };
    } catch (error) {
      return { name: 'onnx', loads: false, why: explain(error), devices: [] };
    }
  },

  async open(devices, { cores, threads = cores } = {}): Promise<Engine> {
    await import('@tensorflow/tfjs-backend-cpu');
    const { compileStep } = await import('../compile/compile.js');
    await useBackend('cpu');
    return {
      name: 'onnx',
      devices,
      compiles: true,
      compile(step, { frozen } = {}) {
        // Noise and masks are inputs of this project's steps, on all engines.
        const run = compileStep(step, { threads, frozen, random: 'refuse' });
        return asEngineStep(run, run.dispose);
      },
      compileShared(step, group) {
        const run = compileStep(step, { threads, group, random: 'refuse' });
        return async (inputs) => {
          try {
            return await run(inputs);
          } catch (thrown) {
            if (thrown instanceof UnsharedError) return undefined;
            throwForEngine(thrown);
          }
        };
      },
    };
  },
};

function explain(error: unknown): string {
  if (systemErrorCode(error) === 'MODULE_NOT_FOUND') {
    return 'onnxruntime-node is not installed: run ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node';
  }
  return `onnxruntime-node does not load: ${messageOf(error)}`;
}
