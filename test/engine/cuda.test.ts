import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../../src/compile/compile.js';
import { cudaRuntime } from '../../src/compile/runtime/node/cuda.js';
import { float32 } from '../../src/compile/step.js';
import { cuda } from '../../src/engine/cuda.js';
import {
  explainMissing,
  linkProviders,
  missingLibraries,
  missingProviders,
  notFoundIn,
} from '../../src/engine/cuda-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-cuda-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('explainMissing', () => {
  const all = {
    ...{ platform: 'linux-x64', hasDriver: true, folder: '/ort/bin/napi-v6/linux/x64' },
    ...{ providers: [], libraries: [] },
  };

  it.each([
    [{ platform: 'darwin-arm64' }, 'CUDA for linux-x64, not for darwin-arm64'],
    [{ hasDriver: false }, "no driver of NVIDIA's"],
    [
      { providers: ['a.so', 'b.so'] },
      'a.so and b.so not in /ort/bin/napi-v6/linux/x64: run node /ort/script/install.js --onnxruntime-node-install=cuda12, or name a folder that has them by MIXGAN_CUDA_LIBRARIES',
    ],
    [
      { libraries: ['libcublas.so.12', 'libcudart.so.12'] },
      'libcublas.so.12, libcudart.so.12 not found: install CUDA 12 and name its folder by LD_LIBRARY_PATH',
    ],
    [{ libraries: ['libcudart.so.13'] }, 'install CUDA 13'],
    [{ libraries: ['libcudnn.so.9'] }, 'libcudnn.so.9 not found: install cuDNN 9'],
  ])('%j: %s', (changes, line) => {
    expect(explainMissing({ ...all, ...changes })).toContain(line);
  });

  it('tells all at once', () => {
    const told = explainMissing({
      ...all,
      ...{ hasDriver: false, libraries: ['libcudart.so.12', 'libcudnn.so.9'] },
    });
    expect(told!.split('; ')).toHaveLength(3);
  });

  it('says nothing where nothing is missing', () => {
    expect(explainMissing(all)).toBeUndefined();
  });
});

it('links the libraries of a folder that is named, and says which it lacks', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  await Promise.all([mkdir(from), mkdir(to)]);
  expect(await linkProviders(from, to)).toBe(
    `MIXGAN_CUDA_LIBRARIES names ${from}, where there is no libonnxruntime_providers_shared.so`,
  );
  const names = await missingProviders(from);
  expect(names).toHaveLength(2);
  for (const name of names) await writeFile(join(from, name), '');
  expect(await linkProviders(from, join(folder, 'nowhere'))).toMatch(
    /^libonnxruntime_providers_shared\.so cannot be linked to .*: copy it there$/,
  );
  expect(await missingProviders(to)).toEqual(names);
  for (let i = 0; i < 2; i++) expect(await linkProviders(from, to)).toBeUndefined();
  expect(await readlink(join(to, names[1]!))).toBe(join(from, names[1]!));
  expect(await missingProviders(to)).toEqual([]);
});

it('what is no library lacks none', async () => {
  expect(await missingLibraries(join(folder, 'nothing'))).toEqual([]);
});

it('reads which libraries the loader did not find', () => {
  const listing = [
    '\tlinux-vdso.so.1 (0x00007ffd)',
    '\tlibcublas.so.12 => not found',
    '\tlibonnxruntime_providers_shared.so => not found',
    '\tlibcudnn.so.9 => not found',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)',
    '\tlibcublas.so.12 => not found',
  ];
  expect(notFoundIn(listing.join('\n'))).toEqual(['libcublas.so.12', 'libcudnn.so.9']);
});

it('says in a line why it does not load, and so does a step', async () => {
  const { loads, why, devices } = await cuda.probe();
  expect(why).toMatch(/^[^\n]+$/);
  expect(devices.length > 0).toBe(loads);
  if (loads) return;
  const step = compileStep(({ x }) => ({ y: tf.square(x!) }), { runtime: cudaRuntime() });
  await expect(step({ x: float32([1], Float32Array.of(2)) })).rejects.toThrow(
    'onnxruntime could not compile the step',
  );
});
