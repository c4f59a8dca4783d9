import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../src/errors.js';
import { classStatistics } from '../../src/scores/classes.js';

/** One row of 4 classes: `top` for class k, the rest shared. */
const towards = (k: number, top: number): number[] =>
  [0, 1, 2, 3].map((c) => (c === k ? top : (1 - top) / 3));
const rowsOf = (...rows: number[][]): Float32Array => Float32Array.from(rows.flat());

describe('classStatistics', () => {
  it('counts classes', () => {
    const probabilities = rowsOf(towards(0, 0.95), towards(0, 0.6), towards(2, 1), towards(3, 0.5));
    const statistics = classStatistics(probabilities, 4);
    expect(statistics).toMatchObject({
      counts: [2, 0, 1, 1],
      shares: [0.5, 0, 0.25, 0.25],
      classesPresent: 3,
      confidentShare: 0.5,
    });
    expect(statistics.entropy).toBeCloseTo(1.5 * Math.LN2, 12);
    expect(statistics.normalisedEntropy).toBeCloseTo(0.75, 12);
    expect(statistics).not.toHaveProperty('totalVariation');
  });

  it('has entropy log K when all classes are alike, and 0 for one class', () => {
    const even = classStatistics(rowsOf(...[0, 1, 2, 3].map((k) => towards(k, 0.7))), 4);
    expect(even.entropy).toBeCloseTo(Math.log(4), 12);
    expect(even.normalisedEntropy).toBeCloseTo(1, 12);
    const collapsed = classStatistics(rowsOf(towards(1, 0.7), towards(1, 0.8)), 4);
    expect(collapsed).toMatchObject({ entropy: 0, normalisedEntropy: 0, classesPresent: 1 });
  });

  it('takes the first of equal classes, and is confident above the threshold only', () => {
    const even = rowsOf([0.5, 0.5], [0.75, 0.25]);
    expect(classStatistics(even, 2).counts).toEqual([2, 0]);
    expect(classStatistics(even, 2, { confidence: 0.75 }).confidentShare).toBe(0);
    expect(classStatistics(even, 2, { confidence: 0.74 }).confidentShare).toBe(0.5);
  });

  it('compares with a histogram of counts or of shares', () => {
    const probabilities = rowsOf([1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]);
    const distanceTo = (reference: number[]): number | undefined =>
      classStatistics(probabilities, 3, { reference }).totalVariation;
    expect(distanceTo([10, 10, 0])).toBe(0);
    expect(distanceTo([0, 0, 7])).toBe(1);
    expect(distanceTo([0.25, 0.25, 0.5])).toBe(0.5);
  });

  it('refuses what are no probabilities', () => {
    const logits = rowsOf([1, 0], [2.5, -1]);
    expect(() => classStatistics(logits, 2)).toThrow(
      new InputError(
        'the probabilities of sample 1 must be from 0 and sum to 1; they sum to 1.5 (logits?)',
      ),
    );
    expect(() => classStatistics(rowsOf([Number.NaN, 1]), 2)).toThrow('sum to NaN');
    expect(() => classStatistics(rowsOf([2, -1]), 2)).toThrow('must be from 0');
    expect(() => classStatistics(new Float32Array(7), 2)).toThrow(
      '7 probabilities are not whole rows of 2 classes; give [N, K]',
    );
    expect(() => classStatistics(new Float32Array(0), 2)).toThrow(InputError);
  });

  it('refuses options that make no sense', () => {
    const one = rowsOf([1, 0]);
    expect(() => classStatistics(one, 1)).toThrow(
      new UsageError('the number of classes must be an integer from 2, not 1'),
    );
    expect(() => classStatistics(one, 2, { confidence: 90 })).toThrow(
      new UsageError('the confidence must be from 0 to 1, not 90'),
    );
    for (const reference of [[1], [0, 0], [2, -1], [1, Number.NaN]]) {
      expect(() => classStatistics(one, 2, { reference })).toThrow(
        new UsageError(
          `the reference histogram must be 2 counts from 0, not all 0; it is [${reference}]`,
        ),
      );
    }
  });
});
