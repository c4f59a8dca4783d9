import { describe, expect, it } from 'vitest';
import { Diagnosis } from '../../gan/diagnosis.js';
import type { GanLossName } from '../../gan/names.js';
import { RandomStream } from '../../src/random.js';

/** A line of a training that goes well, as the `mnist-quick` preset logs it. */
const healthy = {
  'discriminator.loss': 0.48,
  'discriminator.realLogit': -0.1,
  'discriminator.heldOutLogit': -0.15,
  'discriminator.fakeLogit': -0.66,
  'discriminator.gradientNorm': 1.7,
  'generator.loss': 1.02,
  'generator.gradientNorm': 0.65,
  saturatedShare: 0.78,
  realSaturatedShare: 0.81,
  batchDiversity: 0.4,
  realDiversity: 0.45,
};

type Line = Readonly<Record<string, number>>;

const lines = (count: number, changes: Line = {}): Line[] =>
  new Array<Line>(count).fill({ ...healthy, ...changes });

/** All advice on a training that logs every 16th step. */
const advice = (trace: readonly Line[], loss: GanLossName = 'relativistic'): string[] => {
  const diagnosis = new Diagnosis(loss);
  return trace.flatMap((line, i) =>
    diagnosis.observe(line).map((told) => `step ${16 * (i + 1)}: ${told}`),
  );
};

interface Case {
  readonly what: string;
  readonly disorder: Line;
  /** Just short of the disorder. */
  readonly almost: Line;
  readonly says: string;
}

const cases: Case[] = [
  {
    what: 'a discriminator that has run away',
    disorder: { 'discriminator.loss': 0.00321, 'generator.loss': 6.12 },
    almost: { 'discriminator.loss': 0.0139, 'generator.loss': 6.12 },
    says: 'the discriminator has run away (loss 0.0032, generator loss 6.1): raise penalty.gamma or lower optimiser.discriminatorRate',
  },
  {
    what: 'collapse',
    disorder: { batchDiversity: 0.021 },
    almost: { batchDiversity: 0.113 },
    says: 'the fakes are all alike (diversity 0.021, of reals 0.45): the generator has collapsed; start again with a higher penalty.gamma, a larger batchSize or a lower optimiser.generatorRate',
  },
  {
    what: 'a vanishing gradient',
    disorder: { 'generator.gradientNorm': 1.5e-7 },
    almost: { 'generator.gradientNorm': 2e-3 },
    says: 'the generator no longer learns (gradient norm 1.5e-7): the discriminator gives it no direction; lower optimiser.discriminatorRate, or start again with another loss',
  },
  {
    what: 'overfitting',
    disorder: { 'discriminator.realLogit': 2, 'discriminator.heldOutLogit': -0.5 },
    almost: { 'discriminator.realLogit': 2, 'discriminator.heldOutLogit': 0.68 },
    says: 'the discriminator overfits (logits: training images 2, held-out -0.5, fakes -0.66): use more data or more augmentation, or train for fewer steps',
  },
  {
    what: 'saturation',
    disorder: { saturatedShare: 0.996 },
    almost: { saturatedShare: 0.98 },
    says: 'the fakes are saturated (100% of their pixels are at an end of the range, of reals 81%): lower optimiser.generatorRate or raise penalty.gamma',
  },
];

describe.each(cases)('$what', ({ disorder, almost, says }) => {
  const ten = lines(10, disorder);

  it('is told once, after ten lines', () => {
    expect(advice(ten.slice(1))).toEqual([]);
    expect(advice(ten)).toEqual([`step 160: ${says}`]);
    expect(advice([...lines(50), ...lines(200, disorder)])).toEqual([`step 960: ${says}`]);
  });

  it('is not what is only close to it', () => {
    expect(advice(lines(200, almost))).toEqual([]);
  });

  it('is not a few outliers', () => {
    const now = lines(4, disorder);
    expect(advice([...lines(20), ...now, ...lines(8), ...now, ...lines(8)])).toEqual([]);
  });

  it('is seen through a few good lines, and told no second time for them', () => {
    const trace = [...lines(15, disorder), ...lines(1), ...lines(15, disorder), ...lines(3)];
    expect(advice([...trace, ...trace])).toHaveLength(1);
  });

  it('is told again when it comes back after it was over', () => {
    const told = advice([...lines(20, disorder), ...lines(10), ...lines(20, disorder)]);
    expect(told).toEqual([`step 160: ${says}`, `step 624: ${says}`]);
  });

  it('is told of at the end, unless it is over', () => {
    const diagnosis = new Diagnosis('relativistic');
    const left = (trace: readonly Line[]) => {
      for (const line of trace) diagnosis.observe(line);
      return diagnosis.present();
    };
    expect(left(ten.slice(1))).toEqual([]);
    expect(left([...lines(5, disorder), ...lines(1)])).toEqual([says]);
    expect(left(lines(10))).toEqual([]);
  });

  it('is judged by the lines that have its metrics, as numbers', () => {
    const nothing = { testAccuracy: 0.9 };
    expect(advice(ten.flatMap((line) => [nothing, line]))).toEqual([`step 320: ${says}`]);
    const broken = Object.fromEntries(Object.keys(disorder).map((name) => [name, Number.NaN]));
    expect(advice(lines(50, broken))).toEqual([]);
  });
});

describe('what is told of at the end', () => {
  it('has the latest values', () => {
    const diagnosis = new Diagnosis('relativistic');
    const worse = [...lines(10, { batchDiversity: 0.05 }), ...lines(1, { batchDiversity: 0.011 })];
    for (const line of worse) diagnosis.observe(line);
    expect(diagnosis.present().join()).toContain('(diversity 0.011, of reals 0.45)');
  });
});

describe('collapse of players that recognise', () => {
  it('may be cured by recognising less', () => {
    const diagnosis = new Diagnosis('relativistic', { recognises: true });
    const told = lines(10, { batchDiversity: 0.02 }).flatMap((line) => diagnosis.observe(line));
    expect(told.join()).toContain('or a lower recognitionWeight or optimiser.generatorRate');
  });
});

describe('nothing is said', () => {
  it('of a healthy training, noise and all', () => {
    const random = RandomStream.fromSeed(11);
    const noisy = lines(2000).map((line) =>
      Object.fromEntries(
        Object.entries(line).map(([name, value]) => {
          const share = name.toLowerCase().includes('share');
          if (share) return [name, value + 0.02 * random.normal()];
          return [
            name,
            name.endsWith('Logit')
              ? value + 0.1 * random.normal()
              : value * Math.exp(0.5 * random.normal()),
          ];
        }),
      ),
    );
    expect(advice(noisy)).toEqual([]);
  });

  it('of a first few lines from untrained models', () => {
    const untrained = { batchDiversity: 0.01, 'generator.gradientNorm': 1e-4 };
    expect(advice([...lines(6, untrained), ...lines(50)])).toEqual([]);
  });

  it('of a single absurd line', () => {
    const absurd = Object.fromEntries(Object.keys(healthy).map((name) => [name, -1e30]));
    expect(advice([...lines(5), absurd, ...lines(50)])).toEqual([]);
  });

  it('of held-out images where fakes score above reals', () => {
    expect(advice(lines(50, { 'discriminator.fakeLogit': 3 }))).toEqual([]);
  });

  it('of saturation where the data are black and white', () => {
    expect(advice(lines(50, { saturatedShare: 1, realSaturatedShare: 1 }))).toEqual([]);
  });

  it('of a strong discriminator while the generator keeps up', () => {
    expect(advice(lines(50, { 'discriminator.loss': 0.003 }))).toEqual([]);
  });
});

describe('a runaway is measured on the scale of the loss', () => {
  it.each<[GanLossName, number, number]>([
    ['non-saturating', 0.02 * 2 * Math.LN2, 3],
    ['relativistic', 0.02 * Math.LN2, 3],
    ['hinge', 0.04, 0.9],
  ])('%s', (loss, limit, lost) => {
    const told = (d: number, g: number) =>
      advice(lines(20, { 'discriminator.loss': d, 'generator.loss': g }), loss).length;
    expect(told(0.99 * limit, 1.01 * lost)).toBe(1);
    expect(told(1.01 * limit, 1.01 * lost)).toBe(0);
    expect(told(0.99 * limit, 0.98 * lost)).toBe(0);
  });
});
