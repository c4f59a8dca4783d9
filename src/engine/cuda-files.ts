/**
 * The files that onnxruntime's CUDA needs beside what npm installs: its own, which it looks for where its
 * main library lies, and NVIDIA's, which the system's loader has to find.
 */
import { execFile } from 'node:child_process';
import { access, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, systemErrorCode } from '../errors.js';

/** Names a folder with onnxruntime's CUDA libraries, which are then linked to where it looks for them. */
export const folderVariable = 'MIXGAN_CUDA_LIBRARIES';

export const providerFiles = [
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_cuda.so',
] as const;

/** Where onnxruntime-node keeps its libraries. @throws Error where it is not installed */
export function libraryFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return join(dirname(manifest), 'bin', 'napi-v6', process.platform, process.arch);
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Links onnxruntime's CUDA libraries from another folder to its own.
 * @returns what is wrong, if something is
 */
export async function linkProviders(from: string, to: string): Promise<string | undefined> {
  for (const name of providerFiles) {
    if (await isThere(join(to, name))) continue;
    if (!(await isThere(join(from, name)))) {
      return `${folderVariable} names ${from}, where there is no ${name}`;
    }
    try {
      await symlink(join(from, name), join(to, name));
    } catch (thrown) {
      // Another process may have been faster.
      if (systemErrorCode(thrown) === 'EEXIST') continue;
      return `${name} cannot be linked to ${to} (${messageOf(thrown)}): copy it there`;
    }
  }
  return undefined;
}

/** Those of onnxruntime's CUDA libraries that are not there. */
export async function missingProviders(folder: string): Promise<string[]> {
  const there = await Promise.all(providerFiles.map((name) => isThere(join(folder, name))));
  return providerFiles.filter((_, i) => !there[i]);
}

/** Libraries that a library needs, and that the system's loader does not find. */
export async function missingLibraries(library: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ldd', [library]).catch(() => ({ stdout: '' }));
  return notFoundIn(stdout);
}

/** @param listing what `ldd` tells of a library */
export function notFoundIn(listing: string): string[] {
  const names = [...listing.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name]) => name!);
  return [...new Set(names)].filter((name) => !name.startsWith('libonnxruntime')).sort();
}

/** What there is of what CUDA needs. */
export interface CudaFiles {
  readonly platform: string;
  /** Whether the kernel has NVIDIA's driver. */
  readonly hasDriver: boolean;
  /** Of onnxruntime, where they are missing. */
  readonly folder: string;
  readonly providers: readonly string[];
  /** Of NVIDIA. */
  readonly libraries: readonly string[];
}

/** Everything that is missing, in one line, with what to do; undefined where nothing is. */
export function explainMissing({
  platform,
  hasDriver,
  folder,
  providers,
  libraries,
}: CudaFiles): string | undefined {
  if (platform !== 'linux-x64')
    return `onnxruntime-node has CUDA for linux-x64, not for ${platform}`;
  const problems: string[] = [];
  if (!hasDriver) {
    problems.push(
      "there is no driver of NVIDIA's (/proc/driver/nvidia): install it, or hand the GPU to this container",
    );
  }
  if (providers.length > 0) {
    problems.push(
      `${providers.join(' and ')} not in ${folder}: run node ${join(folder, '../../../../script/install.js')} --onnxruntime-node-install=cuda12, or name a folder that has them by ${folderVariable}`,
    );
  }
  const cudnn = libraries.filter((name) => name.startsWith('libcudnn'));
  const toolkit = libraries.filter((name) => !name.startsWith('libcudnn'));
  const how = 'and name its folder by LD_LIBRARY_PATH';
  if (toolkit.length > 0) {
    const [, version = '12'] = /libcudart\.so\.(\d+)/.exec(toolkit.join(' ')) ?? [];
    problems.push(`${toolkit.join(', ')} not found: install CUDA ${version} ${how}`);
  }
  if (cudnn.length > 0) problems.push(`${cudnn.join(', ')} not found: install cuDNN 9 ${how}`);
  return problems.length === 0 ? undefined : problems.join('; ');
}

/** Whether NVIDIA's driver runs here. */
export const hasNvidiaDriver = (): Promise<boolean> => isThere('/proc/driver/nvidia/version');
