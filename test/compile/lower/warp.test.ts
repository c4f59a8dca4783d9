/** Images turned, flipped, cut out and projected. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { float32, int32 } from '../../../src/compile/step.js';
import { RandomStream } from '../../../src/random.js';
import { expectCompiledMatches, forward, integers, normal } from '../../support/compiled.js';

/** Within the image, beyond it on all sides, to its very edges, turned round, of one point. */
const boxes = float32(
  [6, 4],
  Float32Array.of(
    ...[0.1, 0.2, 0.8, 0.9],
    ...[-0.3, -0.1, 1.2, 1.4],
    ...[0, 0, 1, 1],
    ...[0.9, 1, 0.1, 0],
    ...[0.5, 0.5, 0.5, 0.5],
    ...[0.1, 0.3, 1, 1],
  ),
);

describe('cropAndResize', () => {
  const random = RandomStream.fromSeed(1);
  const image = normal(random, [3, 5, 7, 2]);
  // The last image does not exist.
  const boxImage = int32([6], Int32Array.of(0, 2, 1, 0, 2, 3));
  const sizes = [
    [4, 3],
    [1, 1],
    [1, 5],
    [9, 8],
  ] as [number, number][];

  it.each(['bilinear', 'nearest'] as const)('%s, to any size', async (method) => {
    await expectCompiledMatches(
      ({ image, boxes, boxImage }) =>
        sizes.map((size) =>
          tf.image.cropAndResize(
            image! as tf.Tensor4D,
            boxes! as tf.Tensor2D,
            boxImage! as tf.Tensor1D,
            size,
            method,
            -2,
          ),
        ),
      { image, boxes, boxImage },
      forward,
    );
  });

  it('puts the edges where TensorFlow.js does, whatever the box', async () => {
    const random = RandomStream.fromSeed(2);
    const edges = Float32Array.from({ length: 400 }, (_, i) => (i % 4 < 2 ? random.uniform() : 1));
    await expectCompiledMatches(
      ({ image, boxes }) =>
        tf.image.cropAndResize(
          image! as tf.Tensor4D,
          boxes! as tf.Tensor2D,
          tf.zeros([100], 'int32'),
          [7, 6],
          'bilinear',
          9,
        ),
      { image: normal(random, [1, 11, 13, 1]), boxes: float32([100, 4], edges) },
      forward,
    );
  });

  it('makes floats of integers', async () => {
    await expectCompiledMatches(
      ({ image, boxes }) =>
        tf.image.cropAndResize(
          image! as tf.Tensor4D,
          boxes! as tf.Tensor2D,
          tf.zeros([6], 'int32'),
          [3, 3],
        ),
      { image: integers(random, [1, 4, 4, 1], 0, 255), boxes },
      forward,
    );
  });
});

/** Turned, enlarged and moved; seen from the side; with a line at infinity. */
const transforms = float32(
  [3, 8],
  Float32Array.of(
    ...[0.8, -0.6, 2, 0.6, 0.8, -1, 0, 0],
    ...[1.5, 0.2, -7, -0.3, 2.5, 4, 0.05, -0.02],
    ...[1, 0, 0, 0, 1, 0, -0.25, 0],
  ),
);

describe('transform', () => {
  const image = normal(RandomStream.fromSeed(3), [1, 5, 6, 2]);
  const modes = ['constant', 'reflect', 'wrap', 'nearest'] as const;
  const rows = ({ transforms }: Record<string, tf.Tensor>): tf.Tensor2D[] =>
    tf.split(transforms! as tf.Tensor2D, 3);

  it.each(['nearest', 'bilinear'] as const)(
    '%s, all ways to go on beyond the image',
    async (how) => {
      await expectCompiledMatches(
        ({ image, transforms }) =>
          rows({ transforms: transforms! }).flatMap((transform) =>
            modes.map((mode) => tf.image.transform(image! as tf.Tensor4D, transform, how, mode, 3)),
          ),
        { image, transforms },
        forward,
      );
    },
  );

  it('to another size, of one row, and from places that are not numbers', async () => {
    const random = RandomStream.fromSeed(4);
    await expectCompiledMatches(
      ({ image, line, nowhere, transforms }) => {
        const [turn] = rows({ transforms: transforms! });
        return [
          tf.image.transform(image! as tf.Tensor4D, turn!, 'bilinear', 'wrap', 0, [3, 8]),
          tf.image.transform(line! as tf.Tensor4D, turn!, 'bilinear', 'reflect', 0, [4, 4]),
          tf.image.transform(line! as tf.Tensor4D, turn!, 'nearest', 'wrap', 0, [4, 4]),
          tf.image.transform(image! as tf.Tensor4D, nowhere! as tf.Tensor2D, 'bilinear'),
          tf.image.transform(image! as tf.Tensor4D, nowhere! as tf.Tensor2D, 'nearest'),
        ];
      },
      {
        image,
        line: normal(random, [1, 1, 3, 1]),
        nowhere: float32([1, 8], Float32Array.of(1, 0, Number.NaN, 0, 1, 0, 0, 0)),
        transforms,
      },
      forward,
    );
  });

  it('projects every image of a batch, of which the `cpu` backend does the first alone', async () => {
    const images = normal(RandomStream.fromSeed(5), [3, 4, 5, 2]);
    const step = compileStep(({ images, transforms }) => {
      const [many, own] = [images! as tf.Tensor4D, transforms! as tf.Tensor2D];
      const each = tf
        .split(many, 3)

        .map((image, i) =>
          tf.image.transform(image as tf.Tensor4D, tf.slice(own, [i, 0], [1, 8]), 'bilinear'),
        );
      return { together: tf.image.transform(many, own, 'bilinear'), each: tf.concat(each) };
    });
    const { together, each } = await step({ images, transforms });
    expect(together!.values).toEqual(each!.values);
  });
});

describe('rotateWithOffset', () => {
  it.each<[number | [number, number, number], number | [number, number]]>([
    [0, 0.5],
    [7, [0.2, 0.9]],
    [[1, 2, 3], 0.5],
  ])('filled with %j about %j', async (fill, center) => {
    const random = RandomStream.fromSeed(6);
    const channels = typeof fill === 'number' ? 3 : 4;
    await expectCompiledMatches(
      ({ image }) =>
        [0.7, -2].map((angle) =>
          tf.image.rotateWithOffset(image! as tf.Tensor4D, angle, fill, center),
        ),
      { image: normal(random, [2, 5, 6, channels]) },
      forward,
    );
  });
});

describe('flipLeftRight', () => {
  it('turns rows round', async () => {
    const image = normal(RandomStream.fromSeed(7), [2, 3, 4, 2]);
    await expectCompiledMatches(
      ({ image }) => tf.image.flipLeftRight(image! as tf.Tensor4D),
      { image },
      forward,
    );
  });
});
