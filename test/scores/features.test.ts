import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../src/errors.js';
import { checkFeatures, checkSameDimension, featureSet } from '../../src/scores/features.js';

describe('featureSet', () => {
  it('counts its rows', () => {
    expect(featureSet(new Float32Array(6), 3)).toMatchObject({ count: 2, dim: 3 });
    expect(featureSet(new Float32Array(0), 3)).toMatchObject({ count: 0, dim: 3 });
  });

  it('refuses what is not whole rows', () => {
    expect(() => featureSet(new Float32Array(7), 3)).toThrow(InputError);
    expect(() => featureSet(new Float32Array(7), 3)).toThrow('7 values are not');
    expect(() => featureSet(new Float32Array(6), 0)).toThrow('an integer from 1, not 0');
    expect(() => featureSet(new Float32Array(6), 1.5)).toThrow('an integer from 1, not 1.5');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('tells where %d is', (bad) => {
    const values = Float32Array.of(1, 2, 3, 4, 5, bad);
    const message = `feature set: sample 1, feature 2 is ${bad}; features are finite numbers`;
    expect(() => featureSet(values, 3)).toThrow(new InputError(message));
  });
});

describe('checkFeatures', () => {
  it('refuses too few samples', () => {
    const features = featureSet(new Float32Array(6), 3);
    expect(() => checkFeatures('the fakes', features, 2)).not.toThrow();
    expect(() => checkFeatures('the fakes', features, 3)).toThrow(
      new UsageError('the fakes: this score needs at least 3 samples, not 2'),
    );
  });

  it('refuses a count that the values do not have', () => {
    const features = { values: new Float32Array(6), count: 3, dim: 3 };
    expect(() => checkFeatures('the fakes', features, 2)).toThrow(
      new InputError('the fakes: 6 values are not 3 rows of 3; give [N, D], row after row'),
    );
  });
});

describe('checkSameDimension', () => {
  it('names both sets', () => {
    expect(() => checkSameDimension('the reals', { dim: 3 }, 'the fakes', { dim: 4 })).toThrow(
      new InputError(
        'the reals have 3 features, the fakes have 4; use one feature extractor for both',
      ),
    );
  });
});
