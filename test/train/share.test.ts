import { describe, expect, it } from 'vitest';
import { trainingBatches } from '../../classifier/batches.js';
import { classifierPresets } from '../../classifier/presets.js';
import { ganBatches } from '../../gan/batches.js';
import { ganPresets } from '../../gan/presets.js';
import type { StepInput } from '../../src/compile/step.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { requireShares, rowsOf, shareOf } from '../../src/train/share.js';

const dataset: ImageDataset = {
  name: 'noise',
  count: 40,
  height: 8,
  width: 8,
  channels: 1,
  images: Uint8Array.from({ length: 40 * 64 }, (_, i) => (i * 37) % 251),
  labels: Uint8Array.from({ length: 40 }, (_, i) => i % 3),
  classNames: ['a', 'b', 'c'],
};

const shares = (size: number) => Array.from({ length: size }, (_, rank) => ({ rank, size }));

/** The parts of several ranks, one after the other. */
function joined(parts: readonly Readonly<Record<string, StepInput>>[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(parts[0]!).map((name) => [
      name,
      {
        rows: parts.reduce((sum, part) => sum + part[name]!.shape[0]!, 0),
        values: parts.flatMap((part) => [...part[name]!.values]),
      },
    ]),
  );
}

describe('shares of a batch', () => {
  it.each([
    [12, 1],
    [12, 3],
    [13, 4],
    [5, 5],
  ])('of %i among %i are all of it, as even as can be', (batchSize, size) => {
    const rows = shares(size).map((share) => rowsOf(batchSize, share));
    expect(rows[0]!.from).toBe(0);
    expect(rows.at(-1)!.to).toBe(batchSize);
    expect(rows.slice(1).map(({ from }) => from)).toEqual(rows.slice(0, -1).map(({ to }) => to));
    const lengths = rows.map(({ from, to }) => to - from);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
  });

  it('are refused where there are not enough examples', () => {
    expect(() => requireShares(4, { size: 5 })).toThrow(/batchSize=4: .* 5 processes/);
    expect(() => requireShares(5, { size: 5 })).not.toThrow();
  });

  it('of a number are that number', () => {
    const gamma: StepInput = { dtype: 'float32', shape: [], values: Float32Array.of(3) };
    expect(shareOf({ gamma }, 4, { rank: 1, size: 2 })).toEqual({ gamma });
  });

  it('of an input that has other rows are a defect', () => {
    const input: StepInput = { dtype: 'float32', shape: [3], values: new Float32Array(3) };
    expect(() => shareOf({ input }, 4, { rank: 0, size: 2 })).toThrow('input [3]');
  });

  const joinAgain = (inputs: Readonly<Record<string, StepInput>>): void => {
    const parts = shares(3).map((share) => shareOf(inputs, 7, share));
    expect(joined(parts)).toEqual(joined([inputs]));
  };

  it('make the batches of a classifier', () => {
    const preset = classifierPresets['digits-quick']!;
    const config = { ...preset, batchSize: 7, mixupAlpha: 0.2 };
    joinAgain(trainingBatches({ config, train: dataset })(5));
  });

  it('make the batches of a GAN', () => {
    const preset = ganPresets['mnist-quick']!;
    const config = { ...preset, batchSize: 7, updates: 'alternating' as const, logEvery: 1 };
    const batches = ganBatches({ config, reals: dataset, heldOut: dataset })(5);
    for (const part of ['discriminator', 'generator', 'heldOut'] as const)
      joinAgain(batches[part]!);
  });
});
