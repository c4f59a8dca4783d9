import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { version_core as tfjsVersion } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  explainCrash,
  explainLoadError,
  explainNoGpu,
  gpuName,
  installedPackages,
  packageProblem,
} from '../../src/engine/tensorflow-package.js';

const cpuPackage = '@tensorflow/tfjs-node';
const gpuPackage = '@tensorflow/tfjs-node-gpu';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'packages-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Installs a make-believe package with the given files; answers with its manifest's path. */
function install(name: string, version: string, files: string[] = []): string {
  const folder = join(root, 'node_modules', name);
  for (const file of ['package.json', ...files]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(
      join(folder, file),
      file === 'package.json' ? JSON.stringify({ name, version }) : '',
    );
  }
  return join(folder, 'package.json');
}

describe('installedPackages', () => {
  const found = () => installedPackages(join(root, 'main.js'));

  it('finds what is installed, the GPU package first', () => {
    expect(found()).toEqual([]);
    install(cpuPackage, tfjsVersion, ['lib/napi-v8/tfjs_binding.node']);
    expect(found().map(({ name }) => name)).toEqual([cpuPackage]);
    install(gpuPackage, tfjsVersion);
    expect(found().map(({ name }) => name)).toEqual([gpuPackage, cpuPackage]);
    expect(found()[0]!.problem).toMatch(/no native addon/);
  });
});

describe('packageProblem', () => {
  it('finds nothing wrong with a whole package', () => {
    const manifest = install(cpuPackage, tfjsVersion, ['lib/napi-v8/tfjs_binding.node']);
    expect(packageProblem(manifest, 'linux')).toBeUndefined();
  });

  it('refuses a package of another TensorFlow.js', () => {
    const manifest = install(cpuPackage, '3.21.1', ['lib/napi-v8/tfjs_binding.node']);
    expect(packageProblem(manifest, 'linux')).toBe(
      `${cpuPackage} 3.21.1 does not go with TensorFlow.js ${tfjsVersion}: ` +
        `run npm install --no-save ${cpuPackage}@${tfjsVersion}`,
    );
  });

  it('names the commands that bring a blocked install script back', () => {
    const manifest = install(gpuPackage, tfjsVersion, ['lib/napi-v10/tensorflow.dll']);
    expect(packageProblem(manifest, 'linux')).toBe(
      `${gpuPackage} has no native addon, because its install script failed or, as npm 12 does, ` +
        `was blocked: run npm install-scripts approve ${gpuPackage} and npm rebuild ${gpuPackage}`,
    );
  });

  it('tells where the DLL went on Windows', () => {
    const addon = 'lib/napi-v8/tfjs_binding.node';
    const bare = install(cpuPackage, tfjsVersion, [addon]);
    expect(packageProblem(bare, 'win32')).toMatch(/has no tensorflow\.dll: run npm rebuild/);
    const astray = install(cpuPackage, tfjsVersion, ['lib/napi-v10/tensorflow.dll']);
    const lib = join(dirname(astray), 'lib');
    expect(packageProblem(astray, 'win32')).toBe(
      `${cpuPackage} has tensorflow.dll in the wrong folder: ` +
        `copy it from ${join(lib, 'napi-v10')} to ${join(lib, 'napi-v8')}`,
    );
    const whole = install(cpuPackage, tfjsVersion, ['lib/napi-v8/tensorflow.dll']);
    expect(packageProblem(whole, 'win32')).toBeUndefined();
  });
});

describe('explainLoadError', () => {
  it.each([
    [
      "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.27' not found (required by libtensorflow.so.2)",
      `${cpuPackage} needs a newer C library than this system has (GLIBC_2.27 is missing)`,
    ],
    [
      'libtensorflow.so.2: cannot open shared object file: No such file or directory',
      `${cpuPackage} lacks its native library libtensorflow.so.2: run npm rebuild ${cpuPackage}`,
    ],
    [
      'Error loading shared library ld-linux-x86-64.so.2: No such file or directory',
      `${cpuPackage} needs a system with glibc, not musl (Alpine Linux): ` +
        'Error loading shared library ld-linux-x86-64.so.2: No such file or directory',
    ],
    [
      'tfjs_binding.node: invalid ELF header',
      `${cpuPackage} is damaged or for another kind of machine: run npm rebuild ${cpuPackage}`,
    ],
    ['something new\nat line 2', `${cpuPackage} does not load: something new`],
  ])('%s', (message, explanation) => {
    expect(explainLoadError(cpuPackage, new Error(message))).toBe(explanation);
  });
});

describe("TensorFlow's log", () => {
  const noCuda = ['libcudart.so.11.0', 'libcudnn.so.8', 'libcudart.so.11.0']
    .map((name) => `W dso_loader.cc:64] Could not load dynamic library '${name}'; dlerror: ${name}`)
    .join('\n');

  it('tells which CUDA libraries are missing', () => {
    expect(explainNoGpu(gpuPackage, '2.9.1', noCuda)).toBe(
      'TensorFlow 2.9.1 loads but sees no GPU: it needs an NVIDIA GPU with its driver, ' +
        'CUDA 11.2 and cuDNN 8.1 (not found: libcudart.so.11.0, libcudnn.so.8)',
    );
    expect(explainNoGpu(gpuPackage, '2.9.1', '')).toMatch(/cuDNN 8\.1$/);
  });

  it('does not blame CUDA when only the CPU package is there', () => {
    expect(explainNoGpu(cpuPackage, '2.9.1', '')).toBe(
      `${cpuPackage} is made for the CPU: run npm install --no-save ${gpuPackage}@${tfjsVersion}`,
    );
  });

  it('names the GPU in use, the last of those created', () => {
    const line = (name: string, bus: number) =>
      `I gpu_device.cc:1532] Created device /device:GPU:0 with 1 MB memory:  -> device: 0, ` +
      `name: ${name}, pci bus id: 0000:0${bus}:00.0, compute capability: 8.0\n`;
    expect(gpuName(line('NVIDIA A100-SXM4-40GB', 1) + line('Tesla T4', 2))).toBe('Tesla T4');
    expect(gpuName(noCuda)).toBeUndefined();
  });

  it('explains a crash', () => {
    const avx =
      'F cpu_feature_guard.cc:38] The TensorFlow library was compiled to use AVX, AVX2 ' +
      "instructions, but these aren't available on your machine.";
    expect(explainCrash('crashed with SIGABRT', avx)).toBe(
      'TensorFlow needs a processor with AVX, AVX2, which this one lacks',
    );
    expect(explainCrash('crashed with SIGSEGV', 'first\nlast\n')).toBe(
      'the process that tried to load TensorFlow crashed with SIGSEGV: last',
    );
    expect(explainCrash('ended with code 1', 'x.js:1\nError: no tea\n  at f\n\nNode.js v20')).toBe(
      'the process that tried to load TensorFlow ended with code 1: Error: no tea',
    );
    expect(explainCrash('crashed with SIGSEGV', '')).toMatch(/SIGSEGV$/);
  });
});
