/**
 * Places in images, of which pixels are read.
 *
 * They are computed in double precision, as by TensorFlow.js: which pixel is meant, and whether a
 * place lies in the image at all, must not hang on a rounding.
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { combine } from './elementwise.js';

/** Rows and columns of pixels, float64, that broadcast to [N, h, w]. */
export interface Places {
  readonly y: Value;
  readonly x: Value;
}

export const double = (build: Builder, number: number): Value => build.splat('float64', [], number);

/** 0, 1, … as doubles. */
const counting = (build: Builder, shape: readonly number[]): Value =>
  build.constant(
    'float64',
    shape,
    Array.from({ length: Math.max(...shape) }, (_, i) => i),
  );

/** Column `k` of a matrix [N, K], as [N, 1, 1] doubles. */
function column(build: Builder, matrix: Value, k: number): Value {
  const count = matrix.shape[0]!;
  const cut = build.slice(matrix, [0, k], [count, k + 1]);
  return build.cast(build.reshape(cut, [count, 1, 1]), 'float64');
}

/** Whether 0 ≤ place ≤ last. */
export const isWithin = (build: Builder, place: Value, last: number): Value =>
  combine(
    build,
    'And',
    build.compare('GreaterOrEqual', place, double(build, 0)),
    build.compare('LessOrEqual', place, double(build, last)),
  );

/**
 * Where the pixels of crops lie: `boxes` [N, 4] tell top, left, bottom and right as shares of the
 * image [height, width], whose outer pixels have their centres at 0 and 1.
 */
export function cropPlaces(
  build: Builder,
  boxes: Value,
  [cropHeight, cropWidth]: readonly [number, number],
  [height, width]: readonly [number, number],
): Places {
  const along = (from: number, to: number, count: number, length: number, axis: 1 | 2): Value => {
    const [start, end] = [column(build, boxes, from), column(build, boxes, to)];
    const last = double(build, length - 1);
    if (count === 1) return build.mul(build.mul(double(build, 0.5), build.add(start, end)), last);
    const span = build.mul(build.sub(end, start), last);
    const step = build.div(span, double(build, count - 1));
    const numbers = counting(build, axis === 1 ? [1, count, 1] : [1, 1, count]);
    return build.add(build.mul(start, last), build.mul(numbers, step));
  };
  return {
    y: along(0, 2, cropHeight, height, 1),
    x: along(1, 3, cropWidth, width, 2),
  };
}

/**
 * Where projective transformations [N, 8] take the pixels of an image [height, width], and whether
 * that is anywhere.
 */
export function projectedPlaces(
  build: Builder,
  transforms: Value,
  [height, width]: readonly [number, number],
): Places & { readonly isSomewhere: Value } {
  const t = (k: number): Value => column(build, transforms, k);
  const x = counting(build, [1, 1, width]);
  const y = counting(build, [1, height, 1]);
  const line = (a: Value, b: Value, c: Value): Value =>
    build.add(build.add(build.mul(a, x), build.mul(b, y)), c);
  const projection = line(t(6), t(7), double(build, 1));
  const isZero = build.compare('Equal', projection, double(build, 0));
  const isSomewhere = build.op('Not', [isZero], isZero);
  return {
    x: build.div(line(t(0), t(1), t(2)), projection),
    y: build.div(line(t(3), t(4), t(5)), projection),
    isSomewhere,
  };
}

/** What takes the place of places outside of an image with `length` pixels along their axis. */
export function mapPlace(build: Builder, place: Value, length: number, mode: unknown): Value {
  const number = (value: number): Value => double(build, value);
  const truncated = (value: Value): Value =>
    build.mul(build.unary('Sign', value), build.unary('Floor', build.unary('Abs', value)));
  const clamped = (value: Value): Value =>
    build.binary('Max', number(0), build.binary('Min', value, number(length - 1)));
  const isNegative = build.compare('Less', place, number(0));
  const isBeyond = build.compare('Greater', place, number(length - 1));
  const choose = (negative: Value, beyond: Value): Value =>
    clamped(build.where(isNegative, negative, build.where(isBeyond, beyond, place)));
  const turns = (value: Value, size: number): Value => truncated(build.div(value, number(size)));

  if (mode === 'nearest') return clamped(place);
  if (mode !== 'reflect' && mode !== 'wrap') return place;
  if (length <= 1) return choose(number(0), number(0));
  if (mode === 'wrap') {
    const before = build.add(turns(build.unary('Neg', place), length - 1), number(1));
    return choose(
      build.add(place, build.mul(number(length), before)),
      build.sub(place, build.mul(number(length), turns(place, length - 1))),
    );
  }
  // [abcd] goes on as [dcba|abcd|dcba].
  const twice = number(2 * length);
  const back = build.add(build.mul(twice, turns(build.unary('Neg', place), 2 * length)), place);
  const mirrored = build.sub(build.unary('Neg', back), number(1));
  const isFar = build.compare('Less', back, number(-length));
  const on = build.sub(place, build.mul(twice, turns(place, 2 * length)));
  const isTurned = build.compare('GreaterOrEqual', on, number(length));
  return choose(
    build.where(isFar, build.add(back, twice), mirrored),
    build.where(isTurned, build.sub(build.sub(twice, on), number(1)), on),
  );
}
