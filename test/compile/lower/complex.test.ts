/** Complex numbers and Fourier transforms. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import {
  expectCompiledMatches,
  expectSameTensors,
  forward,
  normal,
} from '../../support/compiled.js';

const random = RandomStream.fromSeed(1);
const lengths = [1, 2, 8, 12, 17, 100];
/** Both parts, of which one may be nothing but rounding. */
const partsOf = (z: tf.Tensor): tf.Tensor => tf.stack([tf.real(z), tf.imag(z)]);

describe('fft and ifft', () => {
  it.each(lengths)('of %i numbers', async (length) => {
    await expectCompiledMatches(
      ({ a, b }) => {
        const z = tf.complex(a!, b!);
        return [partsOf(tf.fft(z)), partsOf(tf.ifft(z))];
      },
      { a: normal(random, [3, length]), b: normal(random, [3, length]) },
      { ...forward, relative: 1e-5 },
    );
  });
});

describe('rfft, irfft and stft', () => {
  it.each(lengths)('of %i numbers', async (length) => {
    await expectCompiledMatches(
      ({ x }) => {
        const spectrum = tf.spectral.rfft(x!);
        return [partsOf(spectrum), tf.spectral.irfft(spectrum)];
      },
      { x: normal(random, [2, length]) },
      forward,
    );
  });

  it('of a signal, frame by frame, longer and shorter than the transform', async () => {
    await expectCompiledMatches(
      ({ x }) => {
        const signal = tf.reshape(x!, [-1]) as tf.Tensor1D;
        return [
          tf.abs(tf.signal.stft(signal, 16, 5)),
          tf.abs(tf.signal.stft(signal, 10, 10, 6)),
          partsOf(tf.spectral.rfft(x!, 24)),
        ];
      },
      { x: normal(random, [3, 20]) },
      forward,
    );
  });
});

type Parts = readonly [real: tf.Tensor, imaginary: tf.Tensor];

/** What is done to complex numbers, and what it should be by their parts. */
const cases: [what: string, f: (z: tf.Tensor) => tf.Tensor, expected: (z: Parts) => Parts][] = [
  ['z + z', (z) => tf.add(z, z), ([a, b]) => [tf.mul(a, 2), tf.mul(b, 2)]],
  [
    'z − constants',
    (z) => tf.sub(z, captured),
    ([a, b]) => [tf.sub(a, [1, -2, 3]), tf.sub(b, [0.5, 0, -1])],
  ],
  ['z + 2', (z) => tf.add(z, 2), ([a, b]) => [tf.add(a, 2), b]],
  [
    'z · z',
    (z) => tf.mul(z, z),
    ([a, b]) => [tf.sub(tf.square(a), tf.square(b)), tf.mul(2, tf.mul(a, b))],
  ],
  ['3 · z', (z) => tf.mul(3, z), ([a, b]) => [tf.mul(a, 3), tf.mul(b, 3)]],
  [
    'reshape',
    (z) => tf.reshape(z, [3, 2]),
    ([a, b]) => [tf.reshape(a, [3, 2]), tf.reshape(b, [3, 2])],
  ],
  [
    'expandDims',
    (z) => tf.expandDims(z, 1),
    ([a, b]) => [tf.expandDims(a, 1), tf.expandDims(b, 1)],
  ],
  ['concat', (z) => tf.concat([z, z], 1), ([a, b]) => [tf.concat([a, a], 1), tf.concat([b, b], 1)]],
  ['stack', (z) => tf.stack([z, z]), ([a, b]) => [tf.stack([a, a]), tf.stack([b, b])]],
  ['clone', (z) => tf.clone(z), (z) => z],
  ['zerosLike', (z) => tf.zerosLike(z), ([a, b]) => [tf.zerosLike(a), tf.zerosLike(b)]],
  ['onesLike', (z) => tf.onesLike(z), ([a, b]) => [tf.onesLike(a), tf.zerosLike(b)]],
];
const captured = tf.complex([1, -2, 3], [0.5, 0, -1]);

// The `cpu` backend loses the shapes of complex numbers, and broadcasts them to NaN.
describe('complex numbers', () => {
  it.each(cases)('%s', async (_, f, expected) => {
    const step = compileStep(({ a, b }) => ({
      actual: partsOf(f(tf.complex(a!, b!))),
      expected: tf.stack([...expected([a!, b!])]),
    }));
    const { actual, expected: wanted } = await step({
      a: normal(random, [2, 3]),
      b: normal(random, [2, 3]),
    });
    expectSameTensors({ z: actual! }, { z: wanted! }, 1e-6);
  });

  it('have lengths, however large or small, and real parts', async () => {
    const sizes = float32([4], Float32Array.of(3e30, 4e-30, 0, -5));
    await expectCompiledMatches(
      ({ a, b }) => {
        const z = tf.complex(a!, b!);
        return [tf.abs(z), tf.cast(z, 'float32'), tf.cast(z, 'bool')];
      },
      { a: float32([4], Float32Array.of(4e30, 3e-30, 0, 12)), b: sizes },
      forward,
    );
  });

  it('are no results of a step, and are refused by kernels that take none', async () => {
    const given = { x: float32([2], Float32Array.of(1, 2)) };
    const results = compileStep(({ x }) => ({ z: tf.complex(x!, x!) }));
    await expect(results(given)).rejects.toThrow('complex64');
    const sums = compileStep(({ x }) => ({ z: tf.sum(tf.complex(x!, x!)) }));
    await expect(sums(given)).rejects.toThrow('complex64');
  });
});
