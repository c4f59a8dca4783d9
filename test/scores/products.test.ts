import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/random.js';
import { featureSet } from '../../src/scores/features.js';
import {
  type ProductTile,
  productsBetween,
  productsWithin,
  squaredNorms,
} from '../../src/scores/products.js';
import { dot, normalSamples, row } from './samples.js';

/** What a visitor saw: products by `i,j`, each once. */
function collect(into: Map<string, number>): (tile: ProductTile) => void {
  return ({ rowStart, rows, columnStart, columns, values, stride }) => {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const key = `${rowStart + r},${columnStart + c}`;
        expect(into.has(key)).toBe(false);
        into.set(key, values[r * stride + c]!);
      }
    }
  };
}

// Sizes around the tile of 64 and the groups of 4 and 2.
describe.each([
  [1, 1, 1],
  [3, 5, 2],
  [64, 65, 7],
  [130, 67, 3],
])('%d × %d rows of %d', (countA, countB, dim) => {
  const random = RandomStream.fromSeed(1);
  const a = normalSamples(random, countA, dim);
  const b = normalSamples(random, countB, dim);

  it('between two sets: every pair once', () => {
    const products = new Map<string, number>();
    productsBetween(a, b, collect(products));
    expect(products.size).toBe(countA * countB);
    for (const [key, product] of products) {
      const [i, j] = key.split(',').map(Number);
      expect(product).toBe(dot(row(a, i!), row(b, j!)));
    }
  });

  it('within one set: every pair on and above the diagonal once, and only with its tile', () => {
    const products = new Map<string, number>();
    productsWithin(a, collect(products));
    const norms = squaredNorms(a);
    for (let i = 0; i < countA; i++) {
      expect(products.get(`${i},${i}`)).toBe(norms[i]);
      for (let j = i; j < countA; j++) {
        expect(products.get(`${i},${j}`)).toBe(dot(row(a, i), row(a, j)));
      }
    }
    const below = [...products.keys()].filter((key) => {
      const [i, j] = key.split(',').map(Number);
      return Math.floor(i! / 64) > Math.floor(j! / 64);
    });
    expect(below).toEqual([]);
  });
});

it('sums in float64', () => {
  const big = featureSet(Float32Array.of(2 ** 20, 1, -(2 ** 20)), 3);
  const ones = featureSet(Float32Array.of(2 ** 20, 1, 2 ** 20), 3);
  productsBetween(big, ones, ({ values }) => expect(values[0]).toBe(1));
});
