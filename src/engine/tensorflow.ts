/**
 * The engines `tensorflow-gpu` and `tensorflow`: TensorFlow's native library, through tfjs-node.
 *
 * The two are one library, with its GPU in use or hidden. Whether it has a GPU is what the library
 * itself lists as its devices; the package's name says nothing. Since a native library can take the
 * process down, it is first loaded in a child process.
 */
import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../errors.js';
import { callInChild } from './child.js';
import { eagerEngine, useBackend } from './eager.js';
import type { EngineName } from './engine.js';
import type { EngineProbe, EngineSource } from './source.js';
import {
  explainCrash,
  explainLoadError,
  explainNoGpu,
  gpuName,
  installedPackages,
  notInstalled,
} from './tensorflow-package.js';

/** A TensorFlow that was loaded. */
export interface TensorflowLibrary {
  readonly packageName: string;
  /** TensorFlow's version, not that of tfjs-node. */
  readonly version: string;
  readonly usesGpu: boolean;
  /** What is wrong with packages that were to be preferred. */
  readonly passedOver: readonly string[];
}

type Attempt =
  | { readonly loads: true; readonly library: TensorflowLibrary }
  | { readonly loads: false; readonly why: string };

/** How the attempt in the child process went, and what TensorFlow logged during it. */
type Findings = Attempt & { readonly log: string };

export const tensorflowGpu: EngineSource = {
  name: 'tensorflow-gpu',

  async probe(): Promise<EngineProbe> {
    const findings = await findOut();
    if (!findings.loads) return refusal('tensorflow-gpu', findings.why);
    const { packageName, version, usesGpu, passedOver } = findings.library;
    if (!usesGpu) {
      const noGpu = explainNoGpu(packageName, version, findings.log);
      return refusal('tensorflow-gpu', passedOver.length > 0 ? passedOver.join('; ') : noGpu);
    }
    return {
      name: 'tensorflow-gpu',
      loads: true,
      why: `TensorFlow ${version} from ${packageName}, which sees a GPU`,
      devices: [gpuName(findings.log) ?? 'GPU'],
    };
  },

  async open(devices) {
    if (!loadLibrary().usesGpu) {
      throw new EngineError(
        "engine 'tensorflow-gpu' finds no GPU in this process: it was hidden (CUDA_VISIBLE_DEVICES, " +
          "or engine 'tensorflow' opened before) or is no longer there",
      );
    }
    await useBackend('tensorflow');
    return eagerEngine('tensorflow-gpu', devices, 'tensorflow');
  },
};

export const tensorflow: EngineSource = {
  name: 'tensorflow',

  async probe(): Promise<EngineProbe> {
    const findings = await findOut();
    if (!findings.loads) return refusal('tensorflow', findings.why);
    const { packageName, version } = findings.library;
    return {
      name: 'tensorflow',
      loads: true,
      why: `TensorFlow ${version} from ${packageName}`,
      devices: [`CPU (TensorFlow ${version})`],
    };
  },

  async open(devices) {
    if (withoutGpu(loadLibrary).usesGpu) {
      throw new EngineError(
        "engine 'tensorflow' runs on the CPU, but this process has loaded TensorFlow with its GPU: " +
          'open it in a process of its own',
      );
    }
    await useBackend('tensorflow');
    return eagerEngine('tensorflow', devices, 'tensorflow');
  },
};

function refusal(name: EngineName, why: string): EngineProbe {
  return { name, loads: false, why, devices: [] };
}

let findings: Promise<Findings> | undefined;

/** What loading the library in a child process shows; done once, for both engines. */
function findOut(): Promise<Findings> {
  findings ??= loadInChild();
  return findings;
}

async function loadInChild(): Promise<Findings> {
  if (installedPackages().length === 0) return { loads: false, why: notInstalled, log: '' };
  // Level 0 makes TensorFlow name its GPUs, and the libraries that it misses.
  const env = { TF_CPP_MIN_LOG_LEVEL: '0' };
  const outcome = await callInChild(import.meta.url, 'tryLibrary', { env });
  const log = outcome.stderr;
  if (!outcome.ok) return { loads: false, why: explainCrash(outcome.crash, log), log };
  return { ...(outcome.value as Attempt), log };
}

/** Loads the library and reports; what the child process calls. */
export function tryLibrary(): Attempt {
  try {
    return { loads: true, library: loadLibrary() };
  } catch (error) {
    if (error instanceof EngineError) return { loads: false, why: error.message };
    throw error;
  }
}

let loaded: TensorflowLibrary | undefined;

/**
 * Loads TensorFlow into this process, once: from the first installed package that works.
 * @throws EngineError saying what is wrong with every installed package
 */
function loadLibrary(): TensorflowLibrary {
  if (loaded !== undefined) return loaded;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  restoreRemovedUtilities();
  const problems: string[] = [];
  for (const { name, problem } of installedPackages()) {
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    try {
      createRequire(import.meta.url)(name);
    } catch (error) {
      problems.push(explainLoadError(name, error));
      continue;
    }
    const backend = tf.findBackend('tensorflow') as TfjsNodeBackend | null;
    if (backend !== null) {
      loaded = {
        packageName: name,
        version: backend.binding?.TF_Version ?? 'of unknown version',
        usesGpu: backend.isUsingGpuDevice === true,
        passedOver: problems,
      };
      return loaded;
    }
    problems.push(
      `${name} registered itself with another copy of @tensorflow/tfjs-core: run npm dedupe`,
    );
  }
  throw new EngineError(problems.length > 0 ? problems.join('; ') : notInstalled);
}

/** What tfjs-node's backend says of itself: it looks through TensorFlow's own list of devices. */
interface TfjsNodeBackend extends tf.KernelBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

/** Runs `load` with every GPU hidden from CUDA, which looks only once per process. */
function withoutGpu<T>(load: () => T): T {
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  process.env.CUDA_VISIBLE_DEVICES = '-1';
  try {
    return load();
  } finally {
    if (visible === undefined) delete process.env.CUDA_VISIBLE_DEVICES;
    else process.env.CUDA_VISIBLE_DEVICES = visible;
  }
}

/** tfjs-node calls two functions that Node 22 deprecated with a warning and Node 23 removed. */
function restoreRemovedUtilities(): void {
  Object.assign(util, {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === undefined || value === null,
  });
}
