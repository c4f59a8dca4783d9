/**
 * The `cuda` engine: steps are traced, compiled to ONNX and run by onnxruntime on NVIDIA's GPUs.
 *
 * onnxruntime-node keeps no tensors on such a GPU: weights go there and come back at every step.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { messageOf } from '../errors.js';
import { callInChild } from './child.js';
import {
  explainMissing,
  folderVariable,
  hasNvidiaDriver,
  libraryFolder,
  linkProviders,
  missingLibraries,
  missingProviders,
  providerFiles,
} from './cuda-files.js';
import { useBackend } from './eager.js';
import { asEngineStep, type Engine } from './engine.js';
import { mayHaveGpu } from './gpu.js';
import type { EngineProbe, EngineSource } from './source.js';

type Findings = { readonly why: string } | { readonly version: string; readonly device: string };

let findings: Promise<Findings> | undefined;

function look(): Promise<Findings> {
  findings ??= lookForCuda();
  return findings;
}

async function lookForCuda(): Promise<Findings> {
  const platform = `${process.platform}-${process.arch}`;
  let folder: string;
  try {
    folder = libraryFolder();
  } catch {
    return {
      why: 'onnxruntime-node is not installed: run ONNXRUNTIME_NODE_INSTALL=cuda12 npm install onnxruntime-node',
    };
  }
  const named = process.env[folderVariable];
  const failure =
    named === undefined || platform !== 'linux-x64'
      ? undefined
      : await linkProviders(named, folder);
  if (failure !== undefined) return { why: failure };
  const providers = await missingProviders(folder);
  const [library] = providerFiles.slice(-1) as [string];
  const missing = explainMissing({
    ...{ platform, folder, providers, hasDriver: await hasNvidiaDriver() },
    libraries: providers.length > 0 ? [] : await missingLibraries(join(folder, library)),
  });
  if (missing !== undefined) return { why: missing };
  const outcome = await callInChild(import.meta.url, 'tryCuda');
  if (!outcome.ok) return { why: `onnxruntime ${outcome.crash} when it opened the GPU` };
  const attempt = outcome.value as { readonly version: string } | { readonly why: string };
  return 'why' in attempt ? attempt : { ...attempt, device: await gpuName() };
}

/** Has CUDA multiply; what the child process calls. */
export async function tryCuda(): Promise<{ version: string } | { why: string }> {
  try {
    await import('@tensorflow/tfjs-backend-cpu');
    const [{ compileStep }, { cudaRuntime }, { float32 }, { loadOrt }] = await Promise.all([
      import('../compile/compile.js'),
      import('../compile/runtime/node/cuda.js'),
      import('../compile/step.js'),
      import('../compile/runtime/node/session.js'),
    ]);
    const step = compileStep(({ x }) => ({ y: tf.matMul(x!, x!) }), { runtime: cudaRuntime() });
    const { y } = await step({ x: float32([2, 2], Float32Array.of(1, 2, 3, 4)) });
    const got = y!.values.join(', ');
    if (got !== '7, 10, 15, 22')
      return { why: `the GPU multiplies to ${got}, not to 7, 10, 15, 22` };
    return { version: loadOrt().env.versions.node! };
  } catch (thrown) {
    return { why: messageOf(thrown).split('\n')[0]! };
  }
}

/** As NVIDIA's driver tells it. */
async function gpuName(folder = '/proc/driver/nvidia/gpus'): Promise<string> {
  try {
    const [first] = await readdir(folder);
    const text = await readFile(join(folder, first!, 'information'), 'utf8');
    return /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? 'NVIDIA GPU';
  } catch {
    return 'NVIDIA GPU';
  }
}

export const cuda: EngineSource = {
  name: 'cuda',

  async probe(): Promise<EngineProbe> {
    const found = await look();
    if ('why' in found) return { name: 'cuda', loads: false, why: found.why, devices: [] };
    const why = `onnxruntime ${found.version}, every step compiled to one graph; weights go to the GPU and back at every step`;
    return { name: 'cuda', loads: true, why, devices: [`${found.device} (CUDA)`] };
  },

  async challenge() {
    return (await mayHaveGpu()) ? this.probe() : undefined;
  },

  async open(devices): Promise<Engine> {
    await import('@tensorflow/tfjs-backend-cpu');
    const { compileStep } = await import('../compile/compile.js');
    const { cudaRuntime } = await import('../compile/runtime/node/cuda.js');
    await useBackend('cpu');
    const runtime = cudaRuntime();
    return {
      name: 'cuda',
      devices,
      compiles: true,
      compile(step, { frozen } = {}) {
        // Noise and masks are inputs of this project's steps, on all engines.
        const run = compileStep(step, { runtime, frozen, random: 'refuse' });
        return asEngineStep(run, run.dispose);
      },
    };
  },
};
