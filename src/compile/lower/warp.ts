/**
 * Images [B, H, W, C] turned, flipped, cut out and projected.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';
import { combine } from './elementwise.js';
import { reverse } from './gather.js';
import { type Lowering, type LoweringTable, UnsupportedOption } from './lowering.js';
import { cropPlaces, double, isWithin, mapPlace, type Places, projectedPlaces } from './places.js';

type Image = [batch: number, height: number, width: number, channels: number];

/** [N, h, w] → [N, h, w, 1], to go with pixels. */
const perPixel = (build: Builder, x: Value): Value => build.reshape(x, [...x.shape, 1]);

/**
 * The pixels [N, h, w, C] at whole places; at those outside of the image, of some pixel within.
 * @param image which of the images, [N, 1, 1], int32
 */
function pixelsAt(build: Builder, images: Value, image: Value, { y, x }: Places): Value {
  const [batch, height, width, channels] = images.shape as Image;
  const reached = (place: Value, length: number): Value =>
    build.cast(build.where(isWithin(build, place, length - 1), place, double(build, 0)), 'int32');
  const row = build.add(build.scale(image, height), reached(y, height));
  const index = build.add(build.scale(row, width), reached(x, width));
  const flat = build.reshape(images, [batch * height * width, channels]);
  const shape = [...index.shape, channels];
  return build.op('Gather', [flat, index], { dtype: images.dtype, shape }, { axis: 0 });
}

/** ⌊x + ½⌋, as JavaScript rounds. */
const round = (build: Builder, x: Value): Value =>
  build.unary('Floor', build.add(x, double(build, 0.5)));

/** The next whole place after a whole one. */
const after = (build: Builder, x: Value): Value => build.add(x, double(build, 1));

const cropAndResize: Lowering = ({ inputs, attrs, build }) => {
  const images = build.cast(inputs.image!, 'float32');
  const [batch, height, width, channels] = images.shape as Image;
  const [boxes, boxImage] = [inputs.boxes!, inputs.boxInd!];
  const crop = attrs.cropSize as [number, number];
  const count = boxes.shape[0]!;
  if (sizeOf(images.shape) === 0 || count === 0) {
    return build.splat('float32', [count, ...crop, channels], 0);
  }
  const { y, x } = cropPlaces(build, boxes, crop, [height, width]);
  const asked = build.reshape(boxImage, [count, 1, 1]);
  const isImage = combine(
    build,
    'And',
    build.compare('GreaterOrEqual', asked, build.splat('int32', [], 0)),
    build.compare('Less', asked, build.splat('int32', [], batch)),
  );
  const image = build.where(isImage, asked, build.splat('int32', [], 0));
  const at = (row: Value, column: Value): Value =>
    pixelsAt(build, images, image, { y: row, x: column });
  const seen = (): Value => {
    if (attrs.method === 'nearest') return at(round(build, y), round(build, x));
    const [top, left] = [build.unary('Floor', y), build.unary('Floor', x)];
    const [bottom, right] = [build.unary('Ceil', y), build.unary('Ceil', x)];
    const share = (place: Value, low: Value): Value =>
      perPixel(build, build.cast(build.sub(place, low), 'float32'));
    const [down, across] = [share(y, top), share(x, left)];
    const between = (a: Value, b: Value, t: Value): Value =>
      build.add(a, build.mul(build.sub(b, a), t));
    const [above, below] = [top, bottom].map((row) =>
      between(at(row, left), at(row, right), across),
    ) as [Value, Value];
    return between(above, below, down);
  };
  const inside = combine(
    build,
    'And',
    isWithin(build, y, height - 1),
    isWithin(build, x, width - 1),
  );
  const outside = build.scalar(attrs.extrapolationValue as number);
  const cropped = build.where(perPixel(build, inside), seen(), outside);
  return build.where(perPixel(build, isImage), cropped, build.scalar(0));
};

const transform: Lowering = ({ inputs, attrs, build }) => {
  const images = inputs.image!;
  const [batch, height, width, channels] = images.shape as Image;
  const size = (attrs.outputShape as [number, number] | undefined) ?? [height, width];
  const shape = [batch, ...size, channels];
  if (sizeOf(images.shape) === 0 || sizeOf(shape) === 0) return build.splat('float32', shape, 0);
  const places = projectedPlaces(build, inputs.transforms!, size);
  const y = mapPlace(build, places.y, height, attrs.fillMode);
  const x = mapPlace(build, places.x, width, attrs.fillMode);
  const image = build.constant(
    'int32',
    [batch, 1, 1],
    Array.from({ length: batch }, (_, i) => i),
  );
  const fill = build.scalar(attrs.fillValue as number);
  const at = (row: Value, column: Value): Value => {
    const rowInside = isWithin(build, row, height - 1);
    const inside = combine(build, 'And', rowInside, isWithin(build, column, width - 1));
    const pixels = pixelsAt(build, images, image, { y: row, x: column });
    return build.where(perPixel(build, inside), pixels, fill);
  };
  const seen = (): Value => {
    if (attrs.interpolation === 'nearest') return at(round(build, y), round(build, x));
    const [top, left] = [build.unary('Floor', y), build.unary('Floor', x)];
    const [bottom, right] = [after(build, top), after(build, left)];
    const share = (a: Value, b: Value): Value =>
      perPixel(build, build.cast(build.sub(a, b), 'float32'));
    const mix = (a: Value, shareOfA: Value, b: Value, shareOfB: Value): Value =>
      build.add(build.mul(shareOfA, a), build.mul(shareOfB, b));
    const [above, below] = [top, bottom].map((row) =>
      mix(at(row, left), share(right, x), at(row, right), share(x, left)),
    ) as [Value, Value];
    return mix(above, share(bottom, y), below, share(y, top));
  };
  const result = build.where(perPixel(build, places.isSomewhere), seen(), fill);
  return build.expand(result, shape);
};

/** The pixel that each pixel is after turning the image about `center`; −1 outside of it. */
function turned(
  [height, width]: readonly [number, number],
  radians: number,
  center: number | [number, number],
): number[] {
  const [centerX, centerY] = tf.backend_util.getImageCenter(center, height, width);
  const [sine, cosine] = [Math.sin(radians), Math.cos(radians)];
  return Array.from({ length: height * width }, (_, i) => {
    const [dy, dx] = [Math.floor(i / width) - centerY, (i % width) - centerX];
    const x = Math.round(dx * cosine - dy * sine + centerX);
    const y = Math.round(dx * sine + dy * cosine + centerY);
    return x >= 0 && x < width && y >= 0 && y < height ? y * width + x : -1;
  });
}

const rotate: Lowering = ({ inputs, attrs, build }) => {
  const images = inputs.image!;
  const [batch, height, width, channels] = images.shape as Image;
  const center = attrs.center as number | [number, number];
  const sources = turned([height, width], attrs.radians as number, center);
  const flat = build.reshape(images, [batch, height * width, channels]);
  const pixels = build.op(
    'Gather',
    [flat, build.int64s(sources.map((source) => Math.max(source, 0)))],
    flat,
    { axis: 1 },
  );
  const asked = attrs.fillValue as number | number[];
  // The fourth channel says how much of a pixel is seen.
  const fills = Array.from({ length: channels }, (_, c) =>
    typeof asked === 'number' ? asked : c === 3 ? 255 : asked[c],
  );
  if (fills.some((fill) => fill === undefined)) {
    throw new UnsupportedOption(`a fill value for ${(asked as number[]).length} channels`);
  }
  const fill = build.constant('float32', [channels], fills as number[]);
  const inside = build.constant(
    'bool',
    [1, height * width, 1],
    sources.map((source) => (source < 0 ? 0 : 1)),
  );
  return build.reshape(build.where(inside, pixels, fill), images.shape);
};

export const warp: LoweringTable = {
  CropAndResize: cropAndResize,
  Transform: transform,
  RotateWithOffset: rotate,
  FlipLeftRight: ({ inputs: { image }, build }) => reverse(build, image!, [2]),
};
