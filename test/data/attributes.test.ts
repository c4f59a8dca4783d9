import { expect, it } from 'vitest';
import { areAttributes, attributesAt, attributesFrom } from '../../src/data/attributes.js';
import { resizedDataset, subset } from '../../src/data/dataset.js';

const pictures = [{ hair: 'bun' }, { hair: 'bob', hat: 'cap' }, { hair: 'bun' }];

it('numbers the values of each attribute, and says none where there is nothing', () => {
  expect(attributesFrom(['hair', 'hat'], pictures)).toEqual([
    { name: 'hair', values: ['bob', 'bun'], labels: Uint8Array.of(1, 0, 1) },
    { name: 'hat', values: ['cap', 'none'], labels: Uint8Array.of(1, 0, 1) },
  ]);
});

it('refuses more values than a byte counts', () => {
  const many = Array.from({ length: 257 }, (_, i) => ({ hair: `${i}` }));
  expect(() => attributesFrom(['hair'], many)).toThrow(
    'the attribute hair has 257 values; 256 are the most',
  );
});

it('follows its pictures', () => {
  const attributes = attributesFrom(['hair'], pictures);
  expect(attributesAt(attributes, [1, 0])).toEqual([
    { name: 'hair', values: ['bob', 'bun'], labels: Uint8Array.of(0, 1) },
  ]);
  const all = {
    ...{ name: 'three', images: new Uint8Array(3 * 4), labels: undefined, count: 3 },
    ...{ height: 2, width: 2, channels: 1, classNames: [], attributes },
  };
  expect([...subset(all, [1]).attributes![0]!.labels]).toEqual([0]);
  expect(resizedDataset(all, 4).attributes).toEqual(attributes);
});

it('knows what was kept beside pictures', () => {
  const kept = [{ name: 'hair', values: ['bob', 'bun'], labels: [1, 0] }];
  expect(areAttributes(kept, 2)).toBe(true);
  expect(areAttributes(kept, 3)).toBe(false);
  expect(areAttributes([{ ...kept[0], labels: [1, 2] }], 2)).toBe(false);
  expect(areAttributes(null, 2)).toBe(false);
});
