import { describe, expect, it } from 'vitest';
import { BestSoFar } from '../../classifier/best.js';

const patience = 2;
const evaluated = (step: number, testAccuracy: number) => ({ step, seconds: step, testAccuracy });

/** What was made of evaluations, one by one. */
function following(...scores: [step: number, accuracy: number][]): BestSoFar {
  const best = new BestSoFar(patience);
  for (const [step, accuracy] of scores) best.observe({ step, accuracy });
  return best;
}

describe('BestSoFar', () => {
  it('knows the first evaluation with the highest accuracy', () => {
    const best = new BestSoFar(patience);
    expect(best.score).toBeUndefined();
    expect(best.observe({ step: 10, accuracy: 0.5 })).toBe(true);
    expect(best.observe({ step: 20, accuracy: 0.6 })).toBe(true);
    expect(best.observe({ step: 30, accuracy: 0.6 })).toBe(false);
    expect(best.observe({ step: 40, accuracy: 0.4 })).toBe(false);
    expect(best.score).toEqual({ step: 20, accuracy: 0.6 });
  });

  it('ends the training when its patience does', () => {
    expect(following([10, 0.5], [20, 0.4]).exhausted).toBeUndefined();
    expect(following([10, 0.5], [20, 0.4], [30, 0.6], [40, 0.6]).exhausted).toBeUndefined();
    expect(following([10, 0.5], [20, 0.9855], [30, 0.9], [40, 0.9855]).exhausted).toBe(
      '2 evaluations in a row were no better than the 98.55% after step 20',
    );
    const patient = new BestSoFar(0);
    for (let step = 10; step < 90; step += 10) patient.observe({ step, accuracy: 0.5 });
    expect(patient.exhausted).toBeUndefined();
  });

  it('does not count the untrained model', () => {
    const best = following([0, 0.9], [10, 0.5], [20, 0.1]);
    expect(best.score).toEqual({ step: 10, accuracy: 0.5 });
    expect(best.exhausted).toBeUndefined();
    // The end of a training that takes more steps later counts wherever it is.
    expect(following([10, 0.5], [13, 0.6]).score).toEqual({ step: 13, accuracy: 0.6 });
  });

  it('finds itself again in the log of its run', () => {
    const history = [
      evaluated(0, 0.1),
      { step: 10, seconds: 1, loss: 3 },
      evaluated(10, 0.7),
      evaluated(20, 0.2),
      // JSON has no NaN.
      { step: 25, seconds: 2, testAccuracy: null as unknown as number },
    ];
    const best = new BestSoFar(patience, history);
    expect(best.score).toEqual({ step: 10, accuracy: 0.7 });
    expect(best.exhausted).toBeUndefined();
    best.observe({ step: 30, accuracy: 0.7 });
    expect(best.exhausted).toMatch(/^2 evaluations .* 70\.00% after step 10$/);
  });
});
