import { describe, expect, it } from 'vitest';
import { askedCondition, conditionsOf, labelsInTurn, turns } from '../../gan/condition.js';
import { openGan, trainGan } from '../../gan/doors.js';
import { type Condition, gatherConditions } from '../../src/data/conditions.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { oneHot } from '../../src/data/one-hot.js';
import { openEngine } from '../../src/engine/open.js';
import { InputError, UsageError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { noisyDigits, tinyMixers } from './tiny.js';

/** Every second image has a hat; hair goes round. */
const dressed = (name: string, count: number): ImageDataset => ({
  ...noisyDigits(name, count),
  attributes: [
    {
      name: 'hair',
      values: ['bob', 'bun', 'none'],
      labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
    },
    {
      name: 'hat',
      values: ['cap', 'none'],
      labels: Uint8Array.from({ length: count }, (_, i) => i % 2),
    },
  ],
});
const wanted = { conditional: true, attributes: ['hat', 'hair'] };
const random = RandomStream.fromSeed(0);

describe('what a GAN is told', () => {
  it('is nothing, the class, or attributes in the order of the configuration', () => {
    const images = dressed('five', 5);
    expect(conditionsOf({ conditional: false, attributes: ['hat'] }, images)).toBeUndefined();
    expect(conditionsOf({ conditional: true, attributes: [] }, images)).toEqual([
      { values: ['zero', 'one', 'two'] },
    ]);
    expect(conditionsOf(wanted, images)).toEqual([
      { name: 'hat', values: ['cap', 'none'], counts: [3, 2] },
      { name: 'hair', values: ['bob', 'bun', 'none'], counts: [2, 2, 1] },
    ]);
  });

  it('numbers the values of all attributes one after the other', () => {
    const labels = gatherConditions(dressed('five', 5), [0, 1, 4], wanted);
    expect([...labels]).toEqual([0, 2, 1, 3, 0, 3]);
    expect(oneHot(labels, 5, 2)).toMatchObject({
      shape: [3, 5],
      values: Float32Array.of(1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0),
    });
  });

  it('is refused where images do not tell it', () => {
    const attributes = ['shoes'];
    expect(() => conditionsOf({ conditional: true, attributes }, dressed('five', 5))).toThrow(
      new InputError('five has no attribute shoes; it has hair, hat'),
    );
    expect(() => conditionsOf({ conditional: true, attributes }, noisyDigits('bare', 5))).toThrow(
      'bare has no attribute shoes; it has classes alone: leave attributes empty',
    );
  });
});

describe('what --class asks for', () => {
  const classes: Condition[] = [{ values: ['cat', 'dog'] }];
  const attributes = conditionsOf(wanted, dressed('twelve', 12))!;

  it('is a class by name or number, or all in turn', () => {
    const all = askedCondition('run', classes, undefined)!;
    expect([turns(all), all.names]).toEqual([2, ['cat', 'dog']]);
    expect([...labelsInTurn(all, 3, random)]).toEqual([0, 1, 0]);
    expect([...labelsInTurn(all, 4, random, 2)]).toEqual([0, 0, 1, 1]);
    expect([...labelsInTurn(askedCondition('run', classes, 'dog')!, 2, random)]).toEqual([1, 1]);
    expect(askedCondition('run', classes, '0')!.names).toEqual(['cat']);
  });

  it('is values of some attributes; the others are as in training', () => {
    const asked = askedCondition('run', attributes, 'hair=bun')!;
    const labels = labelsInTurn(asked, 200, random);
    const [hats, hairs] = [0, 1].map((a) => labels.filter((_, i) => i % 2 === a));
    expect(new Set(hairs)).toEqual(new Set([3]));
    expect(new Set(hats)).toEqual(new Set([0, 1]));
    expect([...labelsInTurn(asked, 200, random)]).toEqual([...labels]);
    const both = askedCondition('run', attributes, 'hair=none, hat=cap')!;
    expect([...labelsInTurn(both, 2, random)]).toEqual([0, 4, 0, 4]);
    expect(both.names).toEqual(['hair=none', 'hat=cap']);
  });

  it.each([
    ['hair=mohawk', 'run has no such hair; it has bob, bun, none'],
    ['shoes=red', /ATTRIBUTE=VALUE, with commas between several; its attributes are hat, hair/],
    ['bun', /ATTRIBUTE=VALUE/],
  ])('is refused where there is no such thing: %s', (asked, says) => {
    expect(() => askedCondition('run', attributes, asked)).toThrow(UsageError);
    expect(() => askedCondition('run', attributes, asked)).toThrow(says);
  });
});

it('a GAN that is told attributes trains, is opened, and draws what it is asked for', async () => {
  const { engine } = await openEngine('cpu');
  const data = { train: dressed('train', 40), test: dressed('test', 20) };
  const { kind: _, preset: __, data: ___, ...config } = { ...tinyMixers, ...wanted };
  const { checkpoint } = await trainGan({ data, engine, config });
  const gan = await openGan(checkpoint, { engine });
  try {
    expect(gan.classNames).toBeUndefined();
    expect(gan.conditions).toEqual(conditionsOf(wanted, data.train));
    expect(gan.generator.inputs.map(({ shape }) => shape[1])).toEqual([3, 5]);
    const draw = (asked: string) => gan.sample({ count: 4, seed: 3, class: asked });
    expect(await draw('hat=cap,hair=bob')).toEqual(await draw('hat=0,hair=0'));
    expect(await draw('hat=cap,hair=bob')).not.toEqual(await draw('hat=cap,hair=bun'));
  } finally {
    await gan.dispose();
  }
});
