import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AdversarialLoss,
  adversarialLosses,
  type LossName,
} from '../../src/adversarial/losses.js';

const softplus = (x: number): number => Math.log1p(Math.exp(x));

/** The formulas, for one real and one fake logit. */
const expected: Record<LossName, (r: number, f: number) => { d: number; g: number }> = {
  'non-saturating': (r, f) => ({ d: softplus(-r) + softplus(f), g: softplus(-f) }),
  lsgan: (r, f) => ({ d: ((r - 1) ** 2 + f ** 2) / 2, g: (f - 1) ** 2 }),
  hinge: (r, f) => ({ d: Math.max(0, 1 - r) + Math.max(0, 1 + f), g: -f }),
  relativistic: (r, f) => ({ d: softplus(f - r), g: softplus(r - f) }),
};

describe.each(Object.keys(adversarialLosses) as LossName[])('%s', (name) => {
  const reals = [2, -0.5, 0.25];
  const fakes = [-1, 1.5, 0];

  it('is the mean of its formula over the batch', () => {
    const [real, fake] = [tf.tensor2d(reals, [3, 1]), tf.tensor2d(fakes, [3, 1])];
    const terms = reals.map((r, i) => expected[name](r, fakes[i]!));
    const mean = (key: 'd' | 'g') => terms.reduce((sum, term) => sum + term[key], 0) / 3;
    const loss = adversarialLosses[name];
    expect(loss.discriminator(real, fake).dataSync()[0]).toBeCloseTo(mean('d'), 5);
    expect(loss.generator(real, fake).dataSync()[0]).toBeCloseTo(mean('g'), 5);
  });

  it('pulls the players in opposite directions', () => {
    // Between the marks of least squares, beyond which both pull back.
    const fake = tf.tensor2d([0.2, 0.8, 0.5], [3, 1]);
    const real = tf.tensor2d(reals, [3, 1]);
    const loss = adversarialLosses[name];
    const forDiscriminator = tf
      .grad((f) => loss.discriminator(real, f))(fake)
      .dataSync();
    const forGenerator = tf
      .grad((f) => loss.generator(real, f))(fake)
      .dataSync();
    forGenerator.forEach((g, i) => {
      expect(g).toBeLessThan(0);
      expect(forDiscriminator[i]!).toBeGreaterThanOrEqual(0);
    });
  });

  it('has the ratio of its slopes, where it has one', () => {
    const [real, fake] = [tf.tensor2d(reals, [3, 1]), tf.tensor2d(fakes, [3, 1])];
    const loss: AdversarialLoss = adversarialLosses[name];
    expect(loss.slopeRatio === undefined).toBe(['hinge', 'lsgan'].includes(name));
    const slope = (of: 'generator' | 'discriminator') => tf.grad((f) => loss[of](real, f))(fake);
    const expected = tf.div(slope('generator'), slope('discriminator')).dataSync();
    loss
      .slopeRatio?.(real, fake)
      .dataSync()
      .forEach((ratio, i) => {
        expect(ratio).toBeCloseTo(expected[i]!, 4);
      });
    const sure = [tf.tensor2d([200], [1, 1]), tf.tensor2d([-200], [1, 1])] as const;
    expect(Number.isFinite(loss.slopeRatio?.(...sure).dataSync()[0] ?? 0)).toBe(true);
  });

  it('stays finite on large logits', () => {
    const [real, fake] = [tf.tensor2d([200], [1, 1]), tf.tensor2d([-200], [1, 1])];
    const loss = adversarialLosses[name];
    for (const value of [loss.discriminator(real, fake), loss.generator(real, fake)]) {
      expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    }
  });
});
