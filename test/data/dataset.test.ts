import { describe, expect, it } from 'vitest';
import {
  checkedDataset,
  type ImageDataset,
  inSharedMemory,
  resizedDataset,
  subset,
} from '../../src/data/dataset.js';
import { InputError } from '../../src/errors.js';

const fields: ImageDataset = {
  name: 'toy',
  images: Uint8Array.from({ length: 12 }, (_, i) => i),
  labels: Uint8Array.of(0, 1, 1),
  count: 3,
  height: 1,
  width: 2,
  channels: 2,
  classNames: ['cat', 'dog'],
};

describe('checkedDataset', () => {
  it('lets a sound dataset through, with and without labels', () => {
    expect(checkedDataset(fields)).toBe(fields);
    expect(checkedDataset({ ...fields, labels: undefined }).labels).toBeUndefined();
  });

  it.each<[string, Partial<ImageDataset>, string]>([
    [
      'a label out of range',
      { labels: Uint8Array.of(0, 1, 2) },
      'toy: the label of image 2 is 2, but labels run from 0 to 1',
    ],
    [
      'a negative label',
      { labels: Int32Array.of(0, -1, 1) },
      'toy: the label of image 1 is -1, but labels run from 0 to 1',
    ],
    [
      'bytes that do not fit the shape',
      { images: new Uint8Array(11) },
      'toy: 3 images of 1×2×2 take 12 bytes, but there are 11',
    ],
    [
      'another number of labels',
      { labels: Uint8Array.of(0) },
      'toy: there are 3 images but 1 labels',
    ],
    ['no images', { count: 0 }, 'toy: the count of a dataset is at least 1, not 0'],
    ['a broken size', { width: 1.5 }, 'toy: the width of a dataset is at least 1, not 1.5'],
  ])('refuses %s', (_, change, message) => {
    expect(() => checkedDataset({ ...fields, ...change })).toThrow(new InputError(message));
  });
});

describe('subset', () => {
  it('copies images and labels in the given order, repeats included', () => {
    const part = subset(fields, [2, 0, 2, 1], 'part');
    expect([...part.images]).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7]);
    expect(part.labels).toEqual(Uint8Array.of(1, 0, 1, 1));
    expect(part).toMatchObject({ name: 'part', count: 4, height: 1, width: 2, channels: 2 });
    part.images[0] = 99;
    expect(fields.images[8]).toBe(8);
  });

  it('keeps the kind of the labels, and their absence', () => {
    const wide = { ...fields, labels: Int32Array.of(0, 1, 1) };
    expect(subset(wide, Uint32Array.of(1)).labels).toEqual(Int32Array.of(1));
    expect(subset({ ...fields, labels: undefined }, [1]).labels).toBeUndefined();
  });

  it.each([3, -1, 0.5, Number.NaN])('has no image %d', (index) => {
    expect(() => subset(fields, [index])).toThrow(
      new RangeError(`toy has images 0 to 2, not ${index}`),
    );
  });
});

describe('resizedDataset', () => {
  it('resizes every image, and nothing else', () => {
    const images = Uint8Array.of(
      ...new Array<number>(16).fill(10),
      ...new Array<number>(16).fill(90),
    );
    const two = checkedDataset({
      ...{ name: 'two', images, labels: Uint8Array.of(1, 0), count: 2 },
      ...{ height: 2, width: 8, channels: 1, classNames: ['a', 'b'] },
    });
    const resized = resizedDataset(two, 3);
    expect([...resized.images]).toEqual([...new Array(9).fill(10), ...new Array(9).fill(90)]);
    expect(resized).toMatchObject({
      name: 'two',
      count: 2,
      height: 3,
      width: 3,
      labels: two.labels,
    });
    expect(resizedDataset(resized, 3)).toBe(resized);
  });
});

describe('inSharedMemory', () => {
  it('copies the images once', () => {
    const shared = inSharedMemory(fields);
    expect(shared.images.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...shared.images]).toEqual([...fields.images]);
    expect(inSharedMemory(shared)).toBe(shared);
  });
});
