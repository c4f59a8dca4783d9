import { describe, expect, it } from 'vitest';
import { isDecayed } from '../../src/train/optimiser.js';

describe('isDecayed', () => {
  it.each(['head/kernel', 'model/stem/conv/kernel', 'x/depthwise_kernel'])(
    'pulls at %s',
    (name) => {
      expect(isDecayed(name)).toBe(true);
    },
  );

  // The vectors of ViT's positions are an offset, and LayerScale is a scale.
  it.each([
    'head/bias',
    'norm/gamma',
    'norm/beta',
    'positions/beta',
    'block_0/scale/gamma',
    'kernel/bias',
  ])('leaves %s where it is', (name) => {
    expect(isDecayed(name)).toBe(false);
  });
});
