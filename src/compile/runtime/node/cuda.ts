/**
 * onnxruntime-node on NVIDIA's GPUs, by CUDA. It keeps no tensors there: the state is in the memory of this
 * process, and crosses the bus at every run.
 */
import { hostState } from '../../state/host.js';
import { targets } from '../../target.js';
import { modelOf } from '../model.js';
import type { Runtime } from '../runtime.js';
import { createSession } from './session.js';

/** Where CUDA or a library of it is missing, steps fail with what onnxruntime says. */
export const cudaRuntime = (): Runtime => ({
  target: targets.cuda,
  store: hostState,
  load: (graph) => {
    if ('part' in graph) throw new Error(`${targets.cuda.name} takes no batch apart`);
    return createSession(modelOf(graph), {}, ['cuda']);
  },
});
