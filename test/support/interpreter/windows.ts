/** Convolutions and pooling of images of any rank, channels first. */
import { type Shape, sizeOf } from '../../../src/compile/graph/shapes.js';
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

type Place = readonly number[];

interface Windows {
  readonly kernel: Shape;
  /** The pixel that a tap of a window sees. */
  pixel(window: Place, tap: Place): number[];
}

function windowsOf({ attributes }: Call, rank: number): Windows {
  const list = (name: string, absent: number): readonly number[] =>
    (attributes[name] as readonly number[] | undefined) ?? new Array<number>(2 * rank).fill(absent);
  const [strides, dilations, pads] = [list('strides', 1), list('dilations', 1), list('pads', 0)];
  return {
    kernel: list('kernel_shape', 1),
    pixel: (window, tap) =>
      window.map((place, i) => place * strides[i]! + tap[i]! * dilations[i]! - pads[i]!),
  };
}

const isWithin = (place: Place, shape: Shape): boolean =>
  place.every((index, i) => index >= 0 && index < shape[2 + i]!);

const pool =
  (f: (seen: readonly number[]) => number): Kernel =>
  (call) => {
    const [x] = call.inputs as readonly [Operand];
    const { kernel, pixel } = windowsOf(call, x.shape.length - 2);
    const taps = indicesOf(kernel);
    return [
      fill(call.outputs[0]!.shape, ([image, channel, ...window]) => {
        const pixels = taps.map((tap) => pixel(window, tap));
        const inside = pixels.filter((place) => isWithin(place, x.shape));
        return f(inside.map((place) => at(x, [image!, channel!, ...place])));
      }),
    ];
  };

const groupsOf = ({ attributes }: Call): number => (attributes.group as number | undefined) ?? 1;

export const windows: KernelTable = {
  MaxPool: pool((seen) => seen.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
  AveragePool: pool((seen) => seen.reduce((a, b) => a + b, 0) / seen.length),
  Conv: (call) => {
    const [x, filter] = call.inputs as readonly [Operand, Operand];
    const [filters, depth, ...kernel] = filter.shape as [number, number, ...number[]];
    const { pixel } = windowsOf(call, kernel.length);
    const perGroup = filters / groupsOf(call);
    return [
      fill(call.outputs[0]!.shape, ([image, channel, ...window]) => {
        const first = Math.floor(channel! / perGroup) * depth;
        let sum = 0;
        for (const [c, ...tap] of indicesOf([depth, ...kernel])) {
          const place = pixel(window, tap);
          if (!isWithin(place, x.shape)) continue;
          sum += at(x, [image!, first + c!, ...place]) * at(filter, [channel!, c!, ...tap]);
        }
        return sum;
      }),
    ];
  },
  // Every window gives each of its pixels its value times the filter there.
  ConvTranspose: (call) => {
    const [dy, filter] = call.inputs as readonly [Operand, Operand];
    const [filters, depth, ...kernel] = filter.shape as [number, number, ...number[]];
    const { pixel } = windowsOf(call, kernel.length);
    const perGroup = filters / groupsOf(call);
    const { shape } = call.outputs[0]!;
    const sums = new Float64Array(sizeOf(shape));
    for (const index of indicesOf(dy.shape)) {
      const [image, channel, ...window] = index as [number, number, ...number[]];
      const first = Math.floor(channel / perGroup) * depth;
      for (const [c, ...tap] of indicesOf([depth, ...kernel])) {
        const place = pixel(window, tap);
        if (!isWithin(place, shape)) continue;
        const target = placeOf([image, first + c!, ...place], shape);
        sums[target]! += at(dy, index) * at(filter, [channel, c!, ...tap]);
      }
    }
    return [sums];
  },
};
