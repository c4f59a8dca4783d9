/** Convolutions and pooling of images, channels first. */
import {
  at,
  type Call,
  fill,
  indicesOf,
  type Kernel,
  type KernelTable,
  type Operand,
  placeOf,
} from './kernel.js';

type Two = readonly [number, number];

interface Windows {
  readonly kernel: Two;
  /** The pixel that a tap of a window sees. */
  pixel(window: Two, tap: Two): Two;
}

function windowsOf({ attributes }: Call): Windows {
  const pair = (name: string): Two => (attributes[name] as Two | undefined) ?? [1, 1];
  const [strides, dilations] = [pair('strides'), pair('dilations')];
  const pads = (attributes.pads as readonly number[] | undefined) ?? [0, 0];
  const along = (axis: 0 | 1, window: Two, tap: Two): number =>
    window[axis] * strides[axis] + tap[axis] * dilations[axis] - pads[axis]!;
  return {
    kernel: pair('kernel_shape'),
    pixel: (window, tap) => [along(0, window, tap), along(1, window, tap)],
  };
}

const isWithin = ([row, column]: Two, { shape }: Operand): boolean =>
  row >= 0 && row < shape[2]! && column >= 0 && column < shape[3]!;

const pool =
  (f: (seen: readonly number[]) => number): Kernel =>
  (call) => {
    const [x] = call.inputs as readonly [Operand];
    const { kernel, pixel } = windowsOf(call);
    const taps = indicesOf(kernel) as unknown as Two[];
    return [
      fill(call.outputs[0]!.shape, ([image, channel, row, column]) => {
        const pixels = taps.map((tap) => pixel([row!, column!], tap));
        const inside = pixels.filter((place) => isWithin(place, x));
        return f(inside.map((place) => at(x, [image!, channel!, ...place])));
      }),
    ];
  };

export const windows: KernelTable = {
  MaxPool: pool((seen) => seen.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
  AveragePool: pool((seen) => seen.reduce((a, b) => a + b, 0) / seen.length),
  Conv: (call) => {
    const [x, filter] = call.inputs as readonly [Operand, Operand];
    const { pixel } = windowsOf(call);
    const [filters, depth, height, width] = filter.shape as [number, number, number, number];
    const perGroup = filters / ((call.attributes.group as number | undefined) ?? 1);
    return [
      fill(call.outputs[0]!.shape, ([image, channel, row, column]) => {
        const first = Math.floor(channel! / perGroup) * depth;
        let sum = 0;
        for (const [c, i, j] of indicesOf([depth, height, width])) {
          const place = pixel([row!, column!], [i!, j!]);
          if (!isWithin(place, x)) continue;
          sum += at(x, [image!, first + c!, ...place]) * at(filter, [channel!, c!, i!, j!]);
        }
        return sum;
      }),
    ];
  },
  // Every window gives each of its pixels its value times the filter there.
  ConvTranspose: (call) => {
    const [dy, filter] = call.inputs as readonly [Operand, Operand];
    const { pixel } = windowsOf(call);
    const [filters, depth, height, width] = filter.shape as [number, number, number, number];
    const perGroup = filters / ((call.attributes.group as number | undefined) ?? 1);
    const { shape } = call.outputs[0]!;
    const sums = fill(shape, () => 0);
    for (const index of indicesOf(dy.shape)) {
      const [image, channel, row, column] = index as [number, number, number, number];
      const first = Math.floor(channel / perGroup) * depth;
      for (const [c, i, j] of indicesOf([depth, height, width])) {
        const place = pixel([row, column], [i!, j!]);
        if (!isWithin(place, { ...dy, shape })) continue;
        const target = placeOf([image, first + c!, ...place], shape);
        sums[target]! += at(dy, index) * at(filter, [channel, c!, i!, j!]);
      }
    }
    return [sums];
  },
};
