import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { float32, type HostTensor, int32 } from '../../src/compile/step.js';
import { InputError, OutputError } from '../../src/errors.js';
import type { LazyTensor } from '../../src/formats/tensor-file.js';
import {
  type Checkpoint,
  type LoadedCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  saveLazyCheckpoint,
} from '../../src/train/checkpoint.js';
import { assignVariables, readVariables } from '../../src/train/variables.js';
import { safetensorsIn, safetensorsOf } from '../formats/safetensors-bytes.js';
import { withSmallDisk } from './small-disk.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-checkpoint-'));
  path = join(folder, 'checkpoint', 'latest.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

const checkpoint: Checkpoint = {
  kind: 'gan',
  step: 1234,
  config: { preset: 'mnist-quick', tricky: '"sha256":"00"', list: [1, null, true] },
  variables: new Map<string, HostTensor>([
    ['generator/kernel', float32([2, 2], Float32Array.of(1.5, -2, Number.NaN, 1e-40))],
    ['"sha256":"', int32([], Int32Array.of(7))],
  ]),
};

async function failure(attempt: Promise<unknown>): Promise<string> {
  const thrown = await attempt.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(InputError);
  const { message } = thrown as Error;
  expect(message).not.toContain('\n');
  return message;
}

describe('saveCheckpoint and loadCheckpoint', () => {
  it('give back what was saved', async () => {
    await saveCheckpoint(path, checkpoint);
    expect(await loadCheckpoint(path, { kind: 'gan' })).toEqual({ path, ...checkpoint });
    expect(await loadCheckpoint(path)).toEqual({ path, ...checkpoint });
    expect(await readdir(join(folder, 'checkpoint'))).toEqual(['latest.safetensors']);
  });

  it('write the same bytes for the same checkpoint', async () => {
    await saveCheckpoint(path, checkpoint);
    const once = await readFile(path);
    await saveCheckpoint(path, checkpoint);
    expect(await readFile(path)).toEqual(once);
  });

  it('write a safetensors file that says what it is', async () => {
    await saveCheckpoint(path, checkpoint);
    const { metadata } = await safetensorsIn(await readFile(path));
    expect(metadata).toEqual({
      format: 'mixgan-checkpoint',
      version: '1',
      kind: 'gan',
      step: '1234',
      config: JSON.stringify(checkpoint.config),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('detect a change of any byte', async () => {
    await saveCheckpoint(path, checkpoint);
    const bytes = await readFile(path);
    const changed = join(folder, 'changed');
    for (let position = 0; position < bytes.length; position++) {
      // Every bit is flipped somewhere; 0x20 turns a digit of the checksum to upper case.
      for (const mask of [1 << (position % 8), 0x20]) {
        const copy = Buffer.from(bytes);
        copy[position]! ^= mask;
        await writeFile(changed, copy);
        await failure(loadCheckpoint(changed));
      }
    }
  });

  it('detect every truncation', async () => {
    await saveCheckpoint(path, checkpoint);
    const bytes = await readFile(path);
    const cut = join(folder, 'cut');
    for (let length = 0; length < bytes.length; length++) {
      await writeFile(cut, bytes.subarray(0, length));
      await failure(loadCheckpoint(cut));
    }
    expect(await failure(loadCheckpoint(cut))).toMatch(/ends at byte 20 of 19: .* truncated$/);
  });

  it('say what is wrong with a changed value', async () => {
    await saveCheckpoint(path, checkpoint);
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
    expect(await failure(loadCheckpoint(path))).toBe(
      `${path} is damaged: its checksum does not match; restore a copy, or start a new run`,
    );
  });

  it('tell the kinds apart', async () => {
    await saveCheckpoint(path, checkpoint);
    expect(await failure(loadCheckpoint(path, { kind: 'classifier' }))).toBe(
      `${path}: this is a gan checkpoint, a classifier is wanted`,
    );
  });

  it('say that there is none', async () => {
    expect(await failure(loadCheckpoint(path))).toBe(
      `there is no checkpoint at ${path}; the run was stopped before it saved one, or the path is wrong`,
    );
  });

  it('refuse a safetensors file from elsewhere', async () => {
    const other = join(folder, 'other.safetensors');
    await writeFile(other, await safetensorsOf(new Map(), { format: 'pt' }));
    expect(await failure(loadCheckpoint(other))).toBe(
      `${other} is not a checkpoint of mixgan; give one that training saved`,
    );
  });

  it('name a file whose configuration is not JSON', async () => {
    const head = { sha256: '0'.repeat(64), format: 'mixgan-checkpoint', version: '1' };
    const bytes = await safetensorsOf(new Map(), { ...head, kind: 'gan', step: '1', config: '{' });
    const digest = createHash('sha256').update(bytes).digest('hex');
    const file = Buffer.from(bytes.toString('latin1').replace(head.sha256, digest), 'latin1');
    const other = join(folder, 'other.safetensors');
    await writeFile(other, file);
    expect(await failure(loadCheckpoint(other))).toBe(
      `${other} is damaged: its configuration is not JSON`,
    );
  });

  it('refuse steps that cannot be', async () => {
    for (const step of [-1, 0.5, Number.NaN]) {
      await expect(saveCheckpoint(path, { ...checkpoint, step })).rejects.toThrow(RangeError);
    }
  });

  it('leave what is not theirs in the folder alone', async () => {
    const other = join(folder, 'notes.tmp');
    await writeFile(other, 'precious');
    await saveCheckpoint(join(folder, 'latest.safetensors'), checkpoint);
    expect(await readFile(other, 'utf8')).toBe('precious');
  });

  it('keep the previous checkpoint where the disk is full', (context) =>
    withSmallDisk(context, async (disk) => {
      const small = join(disk, 'checkpoint', 'latest.safetensors');
      await saveCheckpoint(small, checkpoint);
      const free = await freeBytes(disk);
      const attempt = saveCheckpoint(small, {
        ...checkpoint,
        step: 1235,
        variables: new Map([['w', float32([100_000], new Float32Array(100_000))]]),
      });
      await expect(attempt).rejects.toThrow(OutputError);
      await expect(attempt).rejects.toThrow(
        `cannot write ${small}: the disk is full; free some space`,
      );
      expect((await loadCheckpoint(small)).step).toBe(1234);
      expect(await freeBytes(disk)).toBe(free);
    }));
});

async function freeBytes(folder: string): Promise<number> {
  const { bfree, bsize } = await statfs(folder);
  return bfree * bsize;
}

describe('saveLazyCheckpoint', () => {
  const { variables: _, ...description } = checkpoint;
  const weights = new Map([
    ['a', Float32Array.of(1.5, -2, Number.NaN, 1e-40)],
    ['b/kernel', Float32Array.of(7)],
  ]);
  const lazy = (read: (name: string) => Promise<Float32Array>) =>
    new Map(
      Array.from(weights, ([name, { length }]): [string, LazyTensor] => [
        name,
        { dtype: 'float32', shape: [length], read: () => read(name) },
      ]),
    );

  it('writes what saveCheckpoint writes, the digest included', async () => {
    await saveLazyCheckpoint(
      path,
      description,
      lazy(async (name) => weights.get(name)!),
    );
    const piecewise = await readFile(path);
    const variables = Array.from(weights, ([name, values]) => {
      return [name, float32([values.length], values)] as const;
    });
    await saveCheckpoint(path, { ...description, variables: new Map(variables) });
    expect(piecewise).toEqual(await readFile(path));
    expect((await loadCheckpoint(path)).variables.get('b/kernel')!.values).toEqual(
      Float32Array.of(7),
    );
  });

  it('keeps the previous checkpoint where a variable cannot be made', async () => {
    await saveCheckpoint(path, checkpoint);
    const failing = lazy((name) =>
      name === 'a' ? Promise.resolve(weights.get(name)!) : Promise.reject(new InputError('no b')),
    );
    expect(await failure(saveLazyCheckpoint(path, description, failing))).toBe('no b');
    expect(await loadCheckpoint(path)).toEqual({ path, ...checkpoint });
    expect(await readdir(join(folder, 'checkpoint'))).toEqual(['latest.safetensors']);
  });
});

describe('assignVariables and readVariables', () => {
  beforeAll(() => tf.setBackend('cpu'));
  afterEach(() => tf.disposeVariables());

  const loaded: LoadedCheckpoint = {
    ...checkpoint,
    path: 'run/latest.safetensors',
    variables: new Map<string, HostTensor>([
      ['kernel', float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
      ['iterations', int32([], Int32Array.of(9))],
    ]),
  };
  const zeros = (shape: number[], dtype: 'float32' | 'int32' = 'float32') =>
    tf.tidy(() => tf.variable(tf.zeros(shape, dtype)));
  const model = () =>
    new Map([
      ['kernel', zeros([2, 3])],
      ['iterations', zeros([], 'int32')],
    ]);

  it('are each other’s inverse', async () => {
    const variables = model();
    assignVariables(loaded, variables);
    expect(await readVariables(variables)).toEqual(loaded.variables);
  });

  it('share no memory with the variables', async () => {
    const variables = model();
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    const tensors = new Map(loaded.variables).set('kernel', float32([2, 3], values));
    assignVariables({ ...loaded, variables: tensors }, variables);
    values.fill(0);
    const read = (await readVariables(variables)).get('kernel')!;
    expect(read.values).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    read.values.fill(0);
    expect(variables.get('kernel')!.dataSync()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  it('leak no tensors', async () => {
    const variables = model();
    const { numTensors, numDataBuffers } = tf.memory();
    assignVariables(loaded, variables);
    await readVariables(variables);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
  });

  it.each<[string, (variables: Map<string, tf.Variable>) => void, string]>([
    ['a missing name', (variables) => variables.set('bias', zeros([3])), 'missing bias'],
    ['an unexpected name', (variables) => variables.delete('iterations'), 'unexpected iterations'],
    [
      'another shape',
      (variables) => variables.set('kernel', zeros([3, 2])),
      'kernel is float32[2,3], the model has float32[3,2]',
    ],
    [
      'another type',
      (variables) => variables.set('iterations', zeros([])),
      'iterations is int32[], the model has float32[]',
    ],
    [
      'everything at once, in one line',
      (variables) => {
        variables.clear();
        for (const name of 'abcdef') variables.set(name, zeros([]));
      },
      'missing a, b, c, d and 2 more; unexpected kernel, iterations',
    ],
  ])('refuse %s, and assign nothing', async (_, change, message) => {
    const variables = model();
    change(variables);
    const attempt = () => assignVariables(loaded, variables);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(`run/latest.safetensors does not fit this model: ${message}`);
    for (const { values } of (await readVariables(variables)).values()) {
      expect(values.every((value) => value === 0)).toBe(true);
    }
  });

  it('refuse to read a type that checkpoints do not hold', async () => {
    const flag = tf.variable(tf.scalar(true, 'bool'));
    await expect(readVariables(new Map([['flag', flag]]))).rejects.toThrow(
      'variable flag is bool; checkpoints hold float32 and int32',
    );
  });
});
