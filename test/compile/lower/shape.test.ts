import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, int32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, forward, integers, normal } from '../../support/compiled.js';

const stream = (name: string): RandomStream => RandomStream.fromSeed(1).split(name);

describe('making', () => {
  it('fills, counts and spaces', async () => {
    const x = normal(stream('making'), [2, 3]);
    await expectCompiledMatches(
      ({ x }) => [
        tf.zerosLike(x!),
        tf.onesLike(x!),
        tf.fill([2, 2], 3, 'int32'),
        tf.linspace(-1, 2, 7),
        tf.linspace(4, 9, 1),
        tf.range(0, 5),
        tf.range(5, 0),
        tf.range(1, 8, 3, 'int32'),
        tf.range(3, 3),
        tf.eye(3),
        tf.tensor2d([1, 2, 3, 4], [2, 2]),
      ],
      { x },
      forward,
    );
  });
});

describe('reshaping', () => {
  it('keeps the elements, with one length left open', async () => {
    const inputs = {
      x: normal(stream('reshape'), [2, 3, 4]),
      none: float32([0, 3], new Float32Array()),
    };
    await expectCompiledMatches(
      ({ x, none }) => [
        tf.reshape(x!, [4, -1]),
        tf.reshape(x!, [-1]),
        tf.expandDims(x!, -1),
        tf.expandDims(x!, 1),
        tf.squeeze(tf.reshape(x!, [1, 24, 1])),
        tf.reshape(none!, [3, 0]),
        tf.mul(tf.reshape(tf.transpose(x!, [2, 0, 1]), [8, 3]), 2),
      ],
      inputs,
    );
  });
});

describe('transpose', () => {
  it.each([
    [
      [2, 3],
      [1, 0],
    ],
    [
      [2, 3, 4],
      [2, 0, 1],
    ],
    [
      [2, 3, 4, 5],
      [0, 3, 1, 2],
    ],
    [
      [1, 3, 1],
      [2, 1, 0],
    ],
    [[4], [0]],
    [
      [0, 2],
      [1, 0],
    ],
  ])('of %j by %j', async (shape, perm) => {
    const x = normal(stream('transpose'), shape);
    await expectCompiledMatches(({ x }) => tf.transpose(x!, perm), { x });
  });

  it('cancels, merges and moves through arithmetic', async () => {
    const random = stream('transposes');
    const inputs = {
      x: normal(random, [2, 3, 4]),
      y: normal(random, [4]),
      z: normal(random, [3, 1]),
    };
    await expectCompiledMatches(({ x, y, z }) => {
      const turned = tf.transpose(x!, [0, 2, 1]);
      return [
        tf.transpose(tf.tanh(turned), [0, 2, 1]),
        tf.transpose(tf.transpose(x!, [2, 0, 1]), [2, 0, 1]),
        tf.transpose(tf.add(turned, tf.reshape(y!, [4, 1])), [0, 2, 1]),
        tf.sub(turned, tf.transpose(tf.relu(tf.add(x!, z!)), [0, 2, 1])),
        tf.sum(tf.mul(turned, -2), 2),
        tf.mean(tf.reshape(turned, [8, 3]), 0),
      ];
    }, inputs);
  });
});

describe('tile and broadcastTo', () => {
  it('repeat whole and single elements', async () => {
    const random = stream('tile');
    const inputs = { x: normal(random, [2, 3]), one: normal(random, [1, 3]) };
    await expectCompiledMatches(
      ({ x, one }) => [
        tf.tile(x!, [2, 1]),
        tf.tile(x!, [1, 3]),
        tf.tile(one!, [4, 1]),
        tf.tile(one!, [2, 2]),
        tf.broadcastTo(one!, [2, 4, 3]),
      ],
      inputs,
    );
  });

  it('repeat no times, integers and truth values', async () => {
    const x = integers(stream('tiles'), [2, 3], 0, 1);
    await expectCompiledMatches(
      ({ x }) => [
        tf.tile(x!, [0, 1]),
        tf.tile(x!, [2, 2]),
        tf.tile(tf.cast(x!, 'bool'), [1, 2]),
        tf.broadcastTo(tf.cast(x!, 'bool'), [2, 2, 3]),
      ],
      { x },
    );
  });
});

describe('joining and parting', () => {
  it('concatenates along any axis, empty parts left out', async () => {
    const random = stream('concat');
    const inputs = {
      a: normal(random, [2, 3]),
      b: normal(random, [2, 1]),
      none: float32([2, 0], new Float32Array()),
    };
    await expectCompiledMatches(
      ({ a, b, none }) => [
        tf.concat([a!, b!], 1),
        tf.concat([a!, a!, a!], -2),
        tf.concat([none!, a!, b!], -1),
        tf.concat([none!, none!], 1),
      ],
      inputs,
      { gradientsOf: ['a', 'b'] },
    );
  });

  it('stacks and unstacks', async () => {
    const random = stream('stack');
    const inputs = { a: normal(random, [2, 3]), b: normal(random, [2, 3]) };
    await expectCompiledMatches(({ a, b }) => {
      const [first, , third] = tf.unstack(a!, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return [tf.stack([a!, b!]), tf.stack([a!, b!], -1), tf.mul(first, third), tf.stack([a!], 1)];
    }, inputs);
  });

  it('splits evenly, by lengths, and with one length left open', async () => {
    const x = normal(stream('split'), [4, 6]);
    await expectCompiledMatches(
      ({ x }) => [
        ...tf.split(x!, 3, 1),
        ...tf.split(x!, [1, 2, 3], -1),
        ...tf.split(x!, [1, -1], 0),
      ],
      { x },
    );
  });
});

describe('slice', () => {
  it('cuts from a start, with and without a length', async () => {
    const x = normal(stream('slice'), [4, 5, 6]);
    await expectCompiledMatches(
      ({ x }) => [
        tf.slice(x!, [1, 0, 2], [2, 5, 3]),
        tf.slice(x!, [1, 2, 0], [-1, 2, -1]),
        tf.slice(x!, [0, 4, 0], [4, 1, 6]),
        tf.slice(x!, [0, 0, 0], [4, 0, 6]),
      ],
      { x },
    );
  });

  it('takes a start of the first axes alone', async () => {
    const x = normal(stream('starts'), [4, 5, 6]);
    await expectCompiledMatches(
      ({ x }) => [tf.slice(x!, [1, 2], 2), tf.slice(x!, 2)],
      { x },
      forward,
    );
  });

  it('strides, backwards and from the end, with and without masks', async () => {
    const x = normal(stream('stridedSlice'), [5, 6, 4]);
    await expectCompiledMatches(
      ({ x }) => [
        tf.stridedSlice(x!, [0, 1], [5, 6], [2, 3]),
        tf.stridedSlice(x!, [4, 5], [0, 1], [-1, -2]),
        tf.stridedSlice(x!, [-1], [-6], [-2]),
        tf.stridedSlice(x!, [1, 1], [3, 3], [1, 1], 1, 2),
        tf.stridedSlice(x!, [1, 2], [2, 4], [1, 1], 0, 0, 0, 0, 1),
        tf.stridedSlice(x!, [0, 0], [0, 2], [1, 1], 0, 0, 0, 1),
        tf.stridedSlice(x!, [0, 1], [0, 3], [1, 1], 0, 0, 1),
        tf.stridedSlice(x!, [3], [3], [1]),
      ],
      { x },
      forward,
    );
  });
});

describe('pad', () => {
  it('fills with a value', async () => {
    const random = stream('pad');
    const inputs = { x: normal(random, [2, 3]), n: integers(random, [3], 1, 9) };
    await expectCompiledMatches(
      ({ x, n }) => [
        tf.pad(x!, [
          [1, 2],
          [0, 3],
        ]),
        tf.pad(
          x!,
          [
            [0, 1],
            [2, 0],
          ],
          -1.5,
        ),
        tf.pad(n!, [[1, 1]], 7),
        tf.pad(x!, [
          [0, 0],
          [0, 0],
        ]),
      ],
      inputs,
    );
  });
});

describe('spaceToBatchND and batchToSpaceND', () => {
  it('are each other’s inverse, with paddings and crops', async () => {
    const random = stream('spaceToBatch');
    const inputs = { x: normal(random, [2, 4, 6, 3]), y: normal(random, [12, 2, 2, 1]) };
    await expectCompiledMatches(
      ({ x, y }) => [
        tf.spaceToBatchND(
          x!,
          [2, 3],
          [
            [0, 0],
            [0, 0],
          ],
        ),
        tf.spaceToBatchND(
          x!,
          [3, 2],
          [
            [1, 1],
            [2, 0],
          ],
        ),
        tf.spaceToBatchND(x!, [2], [[0, 2]]),
        tf.batchToSpaceND(
          y!,
          [2, 3],
          [
            [0, 1],
            [2, 0],
          ],
        ),
      ],
      inputs,
    );
  });
});

describe('depthToSpace', () => {
  it('spreads channels over space', async () => {
    const x = normal(stream('depthToSpace'), [2, 3, 2, 12]);
    await expectCompiledMatches(
      ({ x }) => tf.depthToSpace(x! as tf.Tensor4D, 2, 'NHWC'),
      { x },
      forward,
    );
  });

  it('is refused channels first', async () => {
    const step = compileStep(({ x }) => ({ y: tf.depthToSpace(x! as tf.Tensor4D, 2, 'NCHW') }));
    await expect(step({ x: float32([1, 4, 1, 1], new Float32Array(4)) })).rejects.toThrow(
      'compile has no lowering of channels first in DepthToSpace, called',
    );
  });
});

describe('outputs', () => {
  it('may be inputs, constants, or the same twice', async () => {
    const step = compileStep(({ x }) => ({ x: x!, again: x!, zero: tf.zeros([2], 'int32') }));
    const x = float32([2], Float32Array.of(1, 2));
    expect(await step({ x })).toEqual({ x, again: x, zero: int32([2], new Int32Array(2)) });
  });
});
