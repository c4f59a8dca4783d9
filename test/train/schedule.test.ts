import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { constantLearningRate, learningRate } from '../../src/train/schedule.js';

const schedule = { base: 1, warmupSteps: 4, totalSteps: 12, final: 0.1 };

describe('learningRate', () => {
  it('rises linearly to the base', () => {
    expect([0, 1, 2, 3].map((step) => learningRate(step, schedule))).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it('then falls along half a cosine to the final rate', () => {
    expect(learningRate(4, schedule)).toBe(1);
    // A quarter, half and three quarters of the way: 0.1 + 0.9 (1 + cos πt) / 2.
    expect(learningRate(6, schedule)).toBeCloseTo(0.868198051533946, 14);
    expect(learningRate(8, schedule)).toBeCloseTo(0.55, 14);
    expect(learningRate(10, schedule)).toBeCloseTo(0.231801948466054, 14);
    expect(learningRate(12, schedule)).toBe(0.1);
    expect(learningRate(1e9, schedule)).toBe(0.1);
  });

  it('or along a straight line', () => {
    const linear = { ...schedule, shape: 'linear' } as const;
    expect(learningRate(1, linear)).toBe(0.5);
    expect(learningRate(4, linear)).toBe(1);
    expect(learningRate(6, linear)).toBeCloseTo(0.775, 14);
    expect(learningRate(8, linear)).toBeCloseTo(0.55, 14);
    expect(learningRate(11, linear)).toBeCloseTo(0.2125, 14);
    expect(learningRate(12, linear)).toBe(0.1);
    const constant = { ...linear, final: 1 };
    for (const step of [4, 7, 12]) expect(learningRate(step, constant)).toBe(1);
  });

  it('never rises after the warm-up', () => {
    for (let step = 4; step < 12; step++) {
      expect(learningRate(step + 1, schedule)).toBeLessThan(learningRate(step, schedule));
    }
  });

  it('starts at the base without a warm-up, and may be nothing but warm-up', () => {
    expect(learningRate(0, { ...schedule, warmupSteps: 0 })).toBe(1);
    expect(learningRate(11, { ...schedule, warmupSteps: 12 })).toBe(1);
    expect(learningRate(12, { ...schedule, warmupSteps: 12 })).toBe(0.1);
  });

  it('stays exactly constant where the final rate is the base', () => {
    const constant = { base: 2e-4, warmupSteps: 2, totalSteps: 100, final: 2e-4 };
    for (const step of [1, 2, 37, 99, 100, 101]) expect(learningRate(step, constant)).toBe(2e-4);
    for (const step of [0, 1, 5000]) {
      expect(learningRate(step, constantLearningRate(2e-4))).toBe(2e-4);
    }
  });

  it.each([
    [{ base: 0 }, 'the base learning rate must be greater than 0, not 0'],
    [{ base: Number.NaN }, 'the base learning rate must be greater than 0, not NaN'],
    [{ final: 2 }, 'the final learning rate must be from 0 to the base 1, not 2'],
    [{ final: -1 }, 'the final learning rate must be from 0 to the base 1, not -1'],
    [{ totalSteps: 0 }, 'the number of steps must be an integer from 1, not 0'],
    [
      { warmupSteps: 13 },
      'the warm-up must be an integer from 0 to the 12 steps there are, not 13',
    ],
    [
      { warmupSteps: 0.5 },
      'the warm-up must be an integer from 0 to the 12 steps there are, not 0.5',
    ],
  ])('refuses %o', (change, message) => {
    const attempt = () => learningRate(0, { ...schedule, ...change });
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(message);
  });

  it.each([-1, 0.5, Number.NaN])('refuses step %d', (step) => {
    expect(() => learningRate(step, schedule)).toThrow(RangeError);
  });
});
