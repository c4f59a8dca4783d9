import { describe, expect, it } from 'vitest';
import { classWeightsOf } from '../../classifier/class-weights.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { UsageError } from '../../src/errors.js';

const dataset = (labels: number[], classNames = ['a', 'b', 'c']): ImageDataset => ({
  name: 'made up',
  images: new Uint8Array(labels.length),
  labels: Uint8Array.from(labels),
  count: labels.length,
  height: 1,
  width: 1,
  channels: 1,
  classNames,
});

describe('classWeightsOf', () => {
  it('is nothing where all classes count the same', () => {
    expect(classWeightsOf('none', dataset([0, 1, 1]))).toBeUndefined();
  });

  it('balances classes by how rare they are', () => {
    expect(classWeightsOf('balanced', dataset([0, 0, 0, 1, 2, 2]))).toEqual([6 / 9, 2, 1]);
    expect(classWeightsOf('balanced', dataset([0, 0, 1, 1]))).toEqual([4 / 6, 4 / 6, 0]);
  });

  it('takes a list as it is', () => {
    expect(classWeightsOf([1, 2, 3], dataset([0, 1, 2]))).toEqual([1, 2, 3]);
  });

  it('refuses a list of another length', () => {
    expect(() => classWeightsOf([1, 2], dataset([0]))).toThrow(
      new UsageError('classWeights has 2 numbers, and made up has 3 classes'),
    );
  });
});
