import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from 'vitest';
import { float32 } from '../../src/compile/step.js';
import { RandomStream } from '../../src/random.js';
import { campaign, type Failure } from './campaign.js';
import { check, isFailure, runnable } from './check.js';
import { inDouble, numbersOf } from './double.js';
import { generate } from './generate.js';
import { judge } from './judge.js';
import { type Program, print } from './program.js';
import { run } from './run.js';
import { shrink } from './shrink.js';

const plain: Program = {
  ...{ kind: 'forward', variables: [], targets: [], by: [], optimizer: '' },
  inputs: [{ name: 'x0', tensor: float32([3], Float32Array.of(1, -2, 0.5)) }],
  statements: [
    { name: 'v0', op: 'mul', code: 'tf.mul(x0, 3)' },
    { name: 'v1', op: 'exp', code: 'tf.exp(v0)' },
    { name: 'v2', op: 'sum', code: 'tf.sum(v1)' },
  ],
  results: ['v2'],
};

it('random programs compute what they do eagerly', async () => {
  const failures: Failure[] = [];
  await campaign({ graphs: 120, seed: 8, failed: (failure) => failures.push(failure) });
  const shown = failures.map(
    ({ index, how, program, text }) => `${index}, ${how}: ${text}\n${print(program)}`,
  );
  expect(shown.join('\n\n')).toBe('');
});

it('programs are the same for the same stream', () => {
  void tf.setBackend('cpu');
  const root = RandomStream.fromSeed(3);
  for (let i = 0; i < 20; i++) {
    const program = generate(root.split(i));
    expect(print(generate(root.split(i)))).toBe(print(program));
    expect(program.statements.length).toBeGreaterThan(1);
  }
});

it('the double backend computes without rounding to float32', async () => {
  await tf.setBackend('cpu');
  const third = inDouble(() => numbersOf(tf.div(tf.scalar(1), tf.scalar(3)))[0]);
  expect(third).toBe(1 / 3);
  expect(tf.getBackend()).toBe('cpu');
});

it('noise is about as large as rounding, and spares what needs none', async () => {
  await tf.setBackend('cpu');
  const random = RandomStream.fromSeed(1);
  const noise = { random, amplitude: 1 };
  const thirds = Array.from({ length: 20 }, () =>
    inDouble(() => numbersOf(tf.div(tf.scalar(1), tf.scalar(3)))[0]!, noise),
  );
  expect(new Set(thirds).size).toBeGreaterThan(1);
  for (const third of thirds) expect(Math.abs(third - 1 / 3)).toBeLessThan(2 ** -23);
  expect(inDouble(() => numbersOf(tf.div(tf.scalar(1), tf.scalar(4)))[0], noise)).toBe(0.25);
});

it('a result that is off is found, and one that only rounding moved is not', async () => {
  const eager = await run(plain, 'eager');
  const sum = eager.v2!.values[0]!;
  const moved = (by: number) => ({ v2: { ...eager.v2!, values: [sum * (1 + by)] } });
  expect(judge(plain, moved(1e-6), eager).differences).toEqual([]);
  expect(judge(plain, moved(1e-4), eager).differences).toHaveLength(1);
  expect(judge(plain, moved(Number.NaN), eager).differences).toHaveLength(1);
});

it('a program that subtracts what is nearly equal may be far off', async () => {
  const ill: Program = {
    ...plain,
    statements: [
      { name: 'v0', op: 'exp', code: 'tf.exp(x0)' },
      { name: 'v1', op: 'sub', code: 'tf.sub(v0, tf.mul(v0, 1.000001))' },
    ],
    results: ['v1'],
  };
  const eager = await run(ill, 'eager');
  const values = Array.from(eager.v1!.values, (value) => value * 1.05);
  expect(judge(ill, { v1: { ...eager.v1!, values } }, eager).differences).toEqual([]);
  const far = Array.from(eager.v1!.values, (value) => value * 30);
  expect(judge(ill, { v1: { ...eager.v1!, values: far } }, eager).differences).not.toEqual([]);
});

it('what cannot be compiled is a failure, and is made small', async () => {
  const { program, eager } = await runnable({
    ...plain,
    statements: [
      ...plain.statements,
      // A value that is read while the step is traced.
      { name: 'v3', op: 'read', code: 'tf.add(v1, v1.dataSync()[0])' },
    ],
    results: ['v2', 'v3'],
  });
  const result = await check(program, 'compiled', eager);
  expect(isFailure(result)).toBe(true);
  expect(result.error).toContain('read a value');
  const small = await shrink(program, 'compiled');
  expect(small.statements.map(({ op }) => op)).toEqual(['read']);
});
