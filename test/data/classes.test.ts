import { expect, it } from 'vitest';
import { remarksOnClasses, requireClasses } from '../../src/data/classes.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { InputError } from '../../src/errors.js';

const pets = (classNames: readonly string[], ...labels: number[]): ImageDataset => ({
  ...{ name: 'pets train', count: labels.length, height: 1, width: 1, channels: 1 },
  ...{ images: new Uint8Array(labels.length), labels: Uint8Array.from(labels), classNames },
});

it('one class alone is refused by its name', () => {
  expect(() => requireClasses(pets(['cat'], 0))).toThrow(InputError);
  expect(() => requireClasses(pets(['cat'], 0))).toThrow(
    'pets train has one class alone, "cat"; a classifier is to tell two or more apart',
  );
  requireClasses(pets(['cat', 'dog'], 0, 1));
});

it('classes without an image are told of by their names', () => {
  expect(remarksOnClasses(pets(['cat', 'dog'], 1, 0))).toEqual([]);
  expect(remarksOnClasses(pets(['cat', 'dog', 'emu'], 1, 1))).toEqual([
    'pets train has no image of "cat", "emu", which cannot be learnt',
  ]);
  expect(remarksOnClasses({ ...pets(['cat']), labels: undefined })).toEqual([]);
});
