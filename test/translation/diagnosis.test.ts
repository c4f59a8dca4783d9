import { describe, expect, it } from 'vitest';
import { TranslationDiagnosis } from '../../translation/diagnosis.js';

const healthy = {
  'discriminator.lossA': 0.2,
  'discriminator.lossB': 0.2,
  'generator.adversarialA': 0.4,
  'generator.adversarialB': 0.4,
  'change.aToB': 0.1,
  'change.bToA': 0.1,
  'likeness.aToB': 0.8,
  'likeness.bToA': 0.8,
};

/** What is said of so many lines with these metrics. */
function told(metrics: Partial<typeof healthy>, lines = 30): string[] {
  const diagnosis = new TranslationDiagnosis('lsgan');
  return Array.from({ length: lines }, () => diagnosis.observe({ ...healthy, ...metrics })).flat();
}

describe('a translation', () => {
  it('that is well is told nothing', () => {
    expect(told({})).toEqual([]);
  });

  it.each([
    [{ 'change.aToB': 0.001 }, /^A comes out as it went in .*collapsed to the identity/],
    [{ 'change.bToA': 0.001 }, /^B comes out as it went in/],
    [{ 'likeness.bToA': -0.6 }, /^translations to A are negatives .*correlation -0\.6/],
    [
      { 'discriminator.lossB': 0.001, 'generator.adversarialB': 0.98 },
      /^the discriminator of B has run away \(loss 0\.001, the generator's 0\.98\)/,
    ],
  ])('is told of %o once', (metrics, advice) => {
    const lines = told(metrics);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(advice);
  });

  it('of which one line is bad is told nothing', () => {
    expect(told({ 'change.aToB': 0 }, 5)).toEqual([]);
  });
});
