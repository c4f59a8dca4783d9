import { expect, it } from 'vitest';
import { evaluatedWeights } from '../../classifier/checkpoint.js';
import { float32 } from '../../src/compile/step.js';
import type { LoadedCheckpoint } from '../../src/train/checkpoint.js';

const checkpoint = (...names: string[]): LoadedCheckpoint => ({
  ...{ path: 'c', kind: 'classifier', step: 1, config: {} },
  variables: new Map(names.map((name, i) => [name, float32([1], Float32Array.of(i))])),
});

const found = (...names: string[]) =>
  Array.from(evaluatedWeights(checkpoint(...names)), ([name, { values }]) => [name, values[0]]);

it('a classifier recognises by its averages where it has some, and by its weights otherwise', () => {
  const plain = ['model/a/kernel', 'adam/m', 'model/head/bias'];
  expect(found(...plain)).toEqual([
    ['a/kernel', 0],
    ['head/bias', 2],
  ]);
  expect(found(...plain, 'average/a/kernel', 'average/head/bias')).toEqual([
    ['a/kernel', 3],
    ['head/bias', 4],
  ]);
});
