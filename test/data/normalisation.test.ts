import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { middleColour, normalisationOf, scalingOf } from '../../src/data/normalisation.js';
import { rescale, unitScaling } from '../../src/mixer/rescaling.js';
import { RandomStream } from '../../src/random.js';
import { scaled } from '../support/pixels.js';

const dataset = (images: Uint8Array, channels: number) => ({
  ...{ name: 'x', images, labels: undefined, classNames: [] },
  ...{ count: 1, height: 1, width: images.length / channels, channels },
});

describe('normalisationOf', () => {
  it('is the mean and deviation of each channel, in −1 … 1', () => {
    const { mean, std } = normalisationOf(dataset(Uint8Array.of(0, 51, 255, 153), 2));
    expect(mean[0]).toBeCloseTo(0, 12);
    expect(mean[1]).toBeCloseTo(-0.2, 12);
    expect(std[0]).toBeCloseTo(1, 12);
    expect(std[1]).toBeCloseTo(0.4, 12);
  });

  it('does not divide by the deviation of a channel that has none', () => {
    expect(normalisationOf(dataset(Uint8Array.of(255, 255, 255), 1))).toEqual({
      mean: [1],
      std: [1],
    });
  });
});

describe('scalingOf', () => {
  it('gives every channel the mean 0 and the deviation 1', () => {
    const random = RandomStream.fromSeed(2);
    const images = Uint8Array.from({ length: 3000 }, (_, i) => random.integer(50 + 60 * (i % 3)));
    const scaling = scalingOf(normalisationOf(dataset(images, 3)));
    const pixels = Float32Array.from(rescale(tf.tensor2d(images, [1000, 3]), scaling).dataSync());
    for (let c = 0; c < 3; c++) {
      const channel = pixels.filter((_, i) => i % 3 === c);
      const mean = channel.reduce((sum, x) => sum + x, 0) / 1000;
      const square = channel.reduce((sum, x) => sum + x * x, 0) / 1000;
      expect(mean).toBeCloseTo(0, 5);
      expect(square).toBeCloseTo(1, 5);
    }
  });

  it('is (x − mean) / std of the pixels x in −1 … 1, and those alone without a normalisation', () => {
    const scaling = scalingOf({ mean: [0.5, 0.5], std: [0.5, 2] });
    const pixels = [191.25, 63.75, 0, 255];
    const expected = scaled(pixels).map((x, i) => (x - 0.5) / [0.5, 2][i % 2]!);
    const found = rescale(tf.tensor2d(pixels, [2, 2]), scaling).dataSync();
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
    expect(scalingOf(undefined)).toEqual(unitScaling);
  });
});

it('the middle colour is the mean of the images, or grey', () => {
  expect(middleColour({ mean: [-0.2, 1, -1], std: [1, 1, 1] }, 3)).toEqual([102, 255, 0]);
  expect(middleColour(undefined, 2)).toEqual([128, 128]);
});
