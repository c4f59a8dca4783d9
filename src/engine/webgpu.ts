/**
 * The `webgpu` engine: steps are traced, compiled to ONNX and run by onnxruntime on the GPU, by WebGPU
 * (Vulkan, Direct3D 12 or Metal). Weights stay there between steps.
 */
import { messageOf, systemErrorCode } from '../errors.js';
import { callInChild } from './child.js';
import { useBackend } from './eager.js';
import { asEngineStep, type Engine } from './engine.js';
import { mayHaveGpu } from './gpu.js';
import type { EngineProbe, EngineSource } from './source.js';
import { type Adapter, type Attempt, adapterOf, explainNoAdapter } from './webgpu-adapter.js';

type Findings =
  | { readonly found: true; readonly version: string; readonly adapter: Adapter }
  | { readonly found: false; readonly why: string };

let findings: Promise<Findings> | undefined;

/** What opening the GPU in a child process shows, where a driver may crash; done once. */
export function findAdapter(): Promise<Findings> {
  findings ??= lookInChild();
  return findings;
}

async function lookInChild(): Promise<Findings> {
  try {
    const { loadOrt } = await import('../compile/runtime/node/session.js');
    loadOrt();
  } catch (thrown) {
    const why =
      systemErrorCode(thrown) === 'MODULE_NOT_FOUND'
        ? 'onnxruntime-node is not installed: run ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node'
        : `onnxruntime-node does not load: ${messageOf(thrown)}`;
    return { found: false, why };
  }
  const url = import.meta.url.replace(/webgpu(\.\w+)$/, 'webgpu-adapter$1');
  const outcome = await callInChild(url, 'tryAdapter');
  if (!outcome.ok) {
    const why = `onnxruntime ${outcome.crash} when it opened the GPU: look for a newer driver`;
    return { found: false, why };
  }
  const attempt = outcome.value as Attempt;
  const log = outcome.stderr;
  return attempt.opens
    ? { found: true, version: attempt.version, adapter: adapterOf(attempt.drivers, log) }
    : { found: false, why: explainNoAdapter(attempt.why, log) };
}

export const webgpu: EngineSource = {
  name: 'webgpu',

  async probe(): Promise<EngineProbe> {
    const found = await findAdapter();
    if (!found.found) return { name: 'webgpu', loads: false, why: found.why, devices: [] };
    const { version, adapter } = found;
    const slow = adapter.isSoftware ? '; no GPU, and slow: for tests' : '';
    const why = `onnxruntime ${version}, every step compiled to one graph${slow}`;
    return { name: 'webgpu', loads: true, why, devices: [adapter.name] };
  },

  async challenge() {
    if (!(await mayHaveGpu())) return undefined;
    const found = await findAdapter();
    return found.found && !found.adapter.isSoftware ? this.probe() : undefined;
  },

  async open(devices): Promise<Engine> {
    await import('@tensorflow/tfjs-backend-cpu');
    const { compileStep } = await import('../compile/compile.js');
    const { webgpuRuntime } = await import('../compile/runtime/node/webgpu.js');
    await useBackend('cpu');
    const runtime = webgpuRuntime();
    return {
      name: 'webgpu',
      devices,
      compiles: true,
      compile(step) {
        // Noise and masks are inputs of this project's steps, on all engines.
        const run = compileStep(step, { runtime, random: 'refuse' });
        return asEngineStep(run, run.dispose);
      },
    };
  },
};
