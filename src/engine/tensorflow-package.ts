/**
 * The npm packages that carry TensorFlow's native library, and what can be wrong with them.
 *
 * `@tensorflow/tfjs-node-gpu` and `@tensorflow/tfjs-node` hold the same code. Their install scripts
 * download the native library (with and without CUDA), and that is where most installations fail.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { version_core as tfjsVersion } from '@tensorflow/tfjs-core';
import { messageOf } from '../errors.js';

export interface TensorflowPackage {
  readonly name: string;
  /** What keeps it from being loaded, with what to do; absent if nothing was found. */
  readonly problem?: string;
}

/** In the order in which they are tried. */
const packageNames = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** Installs a package loudly: npm hides the failure of an optional dependency that it saves. */
const installCommand = (name: string) => `npm install --no-save ${name}@${tfjsVersion}`;

/** Why neither package is there, although one of them is an optional dependency. */
export const notInstalled =
  'not installed: npm leaves it out if its native library cannot be downloaded; ' +
  `to see why, run ${installCommand(packageNames[0])}`;

/**
 * The packages that are installed where the module at `from` would find them.
 * @param from a path or `file:` URL
 */
export function installedPackages(from: string = import.meta.url): TensorflowPackage[] {
  const { resolve } = createRequire(from);
  return packageNames.flatMap((name) => {
    let manifest: string;
    try {
      manifest = resolve(`${name}/package.json`);
    } catch {
      return [];
    }
    const problem = packageProblem(manifest, process.platform);
    return [problem === undefined ? { name } : { name, problem }];
  });
}

/** What is visibly wrong with an installed package, before any of it is loaded. */
export function packageProblem(manifest: string, platform: NodeJS.Platform): string | undefined {
  const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    name: string;
    version: string;
  };
  // Its kernels, gradients and tensors end up in the same process-wide tables as this package's.
  if (version !== tfjsVersion) {
    return (
      `${name} ${version} does not go with TensorFlow.js ${tfjsVersion}: ` +
      `run ${installCommand(name)}`
    );
  }
  const folders = addonFolders(join(dirname(manifest), 'lib'));
  const addon = folders.find((folder) => existsSync(join(folder, 'tfjs_binding.node')));
  if (addon === undefined) {
    return (
      `${name} has no native addon, because its install script failed or, as npm 12 does, ` +
      `was blocked: run npm install-scripts approve ${name} and npm rebuild ${name}`
    );
  }
  if (platform !== 'win32' || existsSync(join(addon, 'tensorflow.dll'))) return undefined;
  const other = folders.find((folder) => existsSync(join(folder, 'tensorflow.dll')));
  return other === undefined
    ? `${name} has no tensorflow.dll: run npm rebuild ${name}`
    : `${name} has tensorflow.dll in the wrong folder: copy it from ${other} to ${addon}`;
}

/** The folders `napi-v8`, … of a package's `lib`, one per version of Node's binary interface. */
function addonFolders(lib: string): string[] {
  if (!existsSync(lib)) return [];
  return readdirSync(lib)
    .filter((entry) => entry.startsWith('napi-v'))
    .map((entry) => join(lib, entry));
}

/** What an error thrown while loading package `name` means to a person. */
export function explainLoadError(name: string, error: unknown): string {
  const message = messageOf(error);
  const symbol = /version [`'](GLIBC(?:XX)?_[\d.]+)' not found/.exec(message)?.[1];
  if (symbol !== undefined) {
    return `${name} needs a newer C library than this system has (${symbol} is missing)`;
  }
  if (/Error (loading shared library|relocating)/.test(message)) {
    return `${name} needs a system with glibc, not musl (Alpine Linux): ${message}`;
  }
  const library = /(libtensorflow\S*): cannot open shared object file/.exec(message)?.[1];
  if (library !== undefined) {
    return `${name} lacks its native library ${library}: run npm rebuild ${name}`;
  }
  if (/ELF|file too short|incompatible architecture|not a valid Win32/.test(message)) {
    return `${name} is damaged or for another kind of machine: run npm rebuild ${name}`;
  }
  return `${name} does not load: ${message}`;
}

/** What TensorFlow's log and the end of the process that loaded it mean to a person. */
export function explainCrash(crash: string, log: string): string {
  const needs = /compiled to use ([A-Z0-9., ]+) instructions, but these aren't/.exec(log)?.[1];
  if (needs !== undefined)
    return `TensorFlow needs a processor with ${needs}, which this one lacks`;
  const lines = log.trim().split('\n');
  const telling = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.at(-1);
  return `the process that tried to load TensorFlow ${crash}${telling ? `: ${telling}` : ''}`;
}

/** Why a TensorFlow that loads sees no GPU. */
export function explainNoGpu(packageName: string, version: string, log: string): string {
  if (packageName !== packageNames[0]) {
    return `${packageName} is made for the CPU: run ${installCommand(packageNames[0])}`;
  }
  const missing = new Set(
    Array.from(log.matchAll(/Could not load dynamic library '([^']+)'/g), ([, name]) => name!),
  );
  const found = missing.size > 0 ? ` (not found: ${[...missing].join(', ')})` : '';
  return (
    `TensorFlow ${version} loads but sees no GPU: it needs an NVIDIA GPU with its driver, ` +
    `CUDA 11.2 and cuDNN 8.1${found}`
  );
}

/**
 * The name of the GPU that tfjs-node computes on, from TensorFlow's log at level 0: of all the
 * devices that TensorFlow creates, tfjs-node takes the last.
 */
export function gpuName(log: string): string | undefined {
  return Array.from(log.matchAll(/, name: (.+?), pci bus id:/g), ([, name]) => name).at(-1);
}
