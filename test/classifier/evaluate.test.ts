import { describe, expect, it } from 'vitest';
import { evaluateClassifier } from '../../classifier/evaluate.js';
import type { ImageDataset } from '../../src/data/dataset.js';

/** One-pixel images whose byte says what the pretended classifier will answer. */
function datasetOf(labels: number[], answers: number[]): ImageDataset {
  return {
    name: 'made up',
    images: Uint8Array.from(answers),
    labels: Uint8Array.from(labels),
    count: labels.length,
    height: 1,
    width: 1,
    channels: 1,
    classNames: ['a', 'b', 'c'],
  };
}

const predict = async (pixels: Uint8Array): Promise<Float32Array> =>
  Float32Array.from(
    [...pixels].flatMap((answer) => [0, 1, 2].map((k) => (k === answer ? 0.8 : 0.1))),
  );

describe('evaluateClassifier', () => {
  it('counts what was taken for what', async () => {
    const result = await evaluateClassifier(predict, datasetOf([0, 0, 0, 1, 1], [0, 0, 2, 1, 0]));
    expect(result.confusion).toEqual([
      [2, 0, 1],
      [1, 1, 0],
      [0, 0, 0],
    ]);
    expect(result).toMatchObject({ accuracy: 3 / 5, correct: 3, count: 5 });
    expect(result.perClass).toEqual([
      { name: 'a', count: 3, correct: 2, accuracy: 2 / 3 },
      { name: 'b', count: 2, correct: 1, accuracy: 1 / 2 },
      { name: 'c', count: 0, correct: 0, accuracy: 0 },
    ]);
    expect(result.crossEntropy).toBeCloseTo((-3 * Math.log(0.8) - 2 * Math.log(0.1)) / 5, 5);
  });

  it('sees every example once, the last short batch included', async () => {
    const labels = Array.from({ length: 251 }, (_, i) => i % 3);
    const result = await evaluateClassifier(predict, datasetOf(labels, labels));
    expect(result).toMatchObject({ accuracy: 1, count: 251 });
    expect(result.perClass.map(({ count }) => count)).toEqual([84, 84, 83]);
  });
});
