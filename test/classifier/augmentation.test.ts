import { describe, expect, it } from 'vitest';
import { augmentationSchema, noAugmentation } from '../../classifier/augmentation.js';
import { parseConfig } from '../../src/config/parse.js';

const old = { rotateDegrees: 10, translatePixels: 2, scale: 0.1 };
const parse = (keys: object) => parseConfig(augmentationSchema, { ...old, ...keys }, 'file');

describe('augmentationSchema', () => {
  it('takes files from before the other augmentations, which are off', () => {
    expect(parse({})).toEqual({ ...noAugmentation, ...old });
    expect(parse(noAugmentation)).toEqual(noAugmentation);
  });

  it.each<[object, string]>([
    [{ flip: 1.5 }, 'flip: '],
    [{ cropPadding: 0.5 }, 'cropPadding: '],
    [{ labelSmoothing: 1 }, 'labelSmoothing: '],
    [{ randAugment: { ops: 2, magnitude: 31 } }, 'randAugment.magnitude: '],
    [{ randAugment: { ops: 2 } }, 'randAugment.magnitude: '],
    [{ cutMix: { probability: 0.5, alpha: 0 } }, 'cutMix.alpha: '],
    [{ erasing: { probability: 1, minArea: 0.4, maxArea: 0.3 } }, 'erasing.minArea: give no more'],
    [{ erasing: { probability: 1, minArea: 0, maxArea: 0.3 } }, 'erasing.minArea: '],
    [{ mixup: 1 }, 'unknown key mixup'],
  ])('refuses %j', (keys, message) => {
    expect(() => parse(keys)).toThrow(`file: ${message}`);
  });
});
