import { describe, expect, it } from 'vitest';
import { Batches, evaluationBatches, gatherBytes, gatherLabels } from '../../src/data/batches.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { InputError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';

const random = () => RandomStream.fromSeed(5).split('batches');
const batches = (count: number, batchSize: number) =>
  new Batches({ count, batchSize, random: random() });

describe('Batches', () => {
  it.each([
    [10, 5],
    [10, 3],
    [10, 1],
    [10, 10],
    [3, 10],
    [1, 4],
  ])('%d examples, %d at a time: the epochs one after the other', (count, batchSize) => {
    const sequence = batches(count, batchSize);
    const steps = Array.from({ length: 40 }, (_, step) => sequence.indices(step));
    for (const batch of steps) expect(batch.length).toBe(batchSize);
    const seen = steps.flatMap((batch) => [...batch]);
    for (let epoch = 0; (epoch + 1) * count <= seen.length; epoch++) {
      expect(seen.slice(epoch * count, (epoch + 1) * count)).toEqual([
        ...random().split(epoch).permutation(count),
      ]);
    }
  });

  it('shuffles every epoch anew', () => {
    const sequence = batches(50, 50);
    expect(sequence.indices(0)).not.toEqual(sequence.indices(1));
    expect(sequence.indices(0).toSorted()).toEqual(sequence.indices(1).toSorted());
  });

  it('is a function of the stream and the step, in whatever order steps are asked for', () => {
    const inOrder = batches(7, 3);
    const expected = Array.from({ length: 30 }, (_, step) => inOrder.indices(step));
    const jumping = batches(7, 3);
    for (const step of [29, 0, 13, 2, 2, 28, 1, 14]) {
      expect(jumping.indices(step)).toEqual(expected[step]);
    }
  });

  it('does not let a caller change what comes next', () => {
    const sequence = batches(4, 4);
    sequence.indices(0).fill(99);
    expect(sequence.indices(0)).toEqual(batches(4, 4).indices(0));
  });

  it('works far into a run', () => {
    const batch = batches(60_000, 128).indices(10_000_000);
    expect(new Set(batch).size).toBe(128);
    expect(Math.max(...batch)).toBeLessThan(60_000);
  });

  it('refuses sizes and steps that are not', () => {
    expect(() => batches(0, 1)).toThrow('the count is an integer from 1, not 0');
    expect(() => batches(1, 0.5)).toThrow('the batch size is an integer from 1, not 0.5');
    expect(() => batches(1, 1).indices(-1)).toThrow('a step is an integer from 0, not -1');
  });
});

describe('evaluationBatches', () => {
  it('goes through all examples once, in order, with a short last batch', () => {
    expect(evaluationBatches(7, 3).map((batch) => [...batch])).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(evaluationBatches(6, 3).map((batch) => batch.length)).toEqual([3, 3]);
    expect(evaluationBatches(2, 5).map((batch) => [...batch])).toEqual([[0, 1]]);
  });
});

const dataset: ImageDataset = {
  name: 'toy',
  images: Uint8Array.of(0, 255, 51, 102, 10, 20),
  labels: Uint8Array.of(2, 0, 1),
  count: 3,
  height: 1,
  width: 2,
  channels: 1,
  classNames: ['a', 'b', 'c'],
};

describe('gathering', () => {
  it('gathers pixels and labels in the order of the indices', () => {
    const indices = Uint32Array.of(1, 0, 1);
    expect([...gatherBytes(dataset, indices)]).toEqual([51, 102, 0, 255, 51, 102]);
    expect(gatherLabels(dataset, indices)).toEqual(Int32Array.of(0, 2, 0));
  });

  it('refuses an index out of range, and labels where there are none', () => {
    expect(() => gatherBytes(dataset, [3])).toThrow('toy has images 0 to 2, not 3');
    expect(() => gatherLabels(dataset, [3])).toThrow(RangeError);
    expect(() => gatherLabels({ ...dataset, labels: undefined }, [0])).toThrow(
      new InputError('toy has images but no labels; give a labelled dataset'),
    );
  });
});
