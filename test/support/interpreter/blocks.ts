/**
 * onnxruntime's operators for images in blocks of n channels: [B, C, H, W] that lies in memory as
 * [B, C/n, H, W, n]. Everything is put in order first, and computed as ONNX has it.
 */
import type { Shape } from '../../../src/compile/graph/shapes.js';
import { at, fill, type Kernel, type KernelTable, type Operand, placeOf } from './kernel.js';
import { windows } from './windows.js';

type Four = [number, number, number, number];

/** The operators for blocks of so many channels. */
export function blocksOf(block: number): KernelTable {
  const float = (shape: Shape, numbers: ArrayLike<number>): Operand => ({
    ...{ dtype: 'float32', shape },
    values: Float64Array.from(numbers),
  });
  /** Where [b, c, h, w] lies. */
  const placeIn = ([b, c, h, w]: Four, [, channels, height, width]: Four): number =>
    placeOf(
      [b, Math.floor(c / block), h, w, c % block],
      [0, channels / block, height, width, block],
    );
  const inOrder = ({ shape, values }: Operand): Operand =>
    float(
      shape,
      fill(shape, (index) => values[placeIn(index as Four, shape as Four)]!),
    );
  const inBlocks = (shape: Shape, numbers: ArrayLike<number>): number[] => {
    const placed = new Array<number>(numbers.length);
    fill(shape, (index) => {
      placed[placeIn(index as Four, shape as Four)] = numbers[placeOf(index, shape)]!;
      return 0;
    });
    return placed;
  };
  /** [C', C, kh, kw] of what lies as [C'/n, C/n, kh, kw, n, n], or as [C'/n, C, kh, kw, n]. */
  const filterInOrder = ({ shape, values }: Operand): Operand => {
    const [, from, height, width] = shape as Four;
    const inner = from < block ? 1 : block;
    return float(
      shape,
      fill(shape, ([o, i, h, w]) => {
        const index = [
          Math.floor(o! / block),
          Math.floor(i! / inner),
          h!,
          w!,
          i! % inner,
          o! % block,
        ];
        return values[placeOf(index, [0, from / inner, height, width, inner, block])]!;
      }),
    );
  };
  const conv: Kernel = (call) => {
    const [given, filter, bias, sum] = call.inputs as readonly [
      ...[Operand, Operand],
      ...(Operand | undefined)[],
    ];
    const [{ shape }] = call.outputs as [{ dtype: 'float32'; shape: Shape }];
    const x = given.shape[1]! < block ? given : inOrder(given);
    const [product] = windows.Conv!({ ...call, inputs: [x, filterInOrder(filter)] }) as [
      ArrayLike<number>,
    ];
    const added = sum && inOrder(sum);
    const { activation, activation_params: limits } = call.attributes;
    const [low, high] = (limits as { floats: number[] } | undefined)?.floats ?? [];
    const activate = (value: number): number => {
      if (activation === 'Relu') return Math.max(value, 0);
      return activation === 'Clip' ? Math.min(Math.max(value, low!), high!) : value;
    };
    const result = fill(shape, (index) => {
      const value = product[placeOf(index, shape)]! + (bias?.values[index[1]!] ?? 0);
      return activate(value + (added === undefined ? 0 : at(added, index)));
    });
    return [inBlocks(shape, result)];
  };
  return {
    Conv: conv,
    ReorderInput: ({ inputs, outputs, attributes }) => {
      const [x] = inputs as readonly [Operand];
      const { shape } = outputs[0]!;
      const isLast = attributes.channels_last === 1;
      const numbers = fill(shape, ([b, c, h, w]) =>
        at(x, isLast ? [b!, h!, w!, c!] : [b!, c!, h!, w!]),
      );
      return [inBlocks(shape, numbers)];
    },
    // Channels last, as it is used.
    ReorderOutput: ({ inputs, outputs }) => {
      const x = inOrder(inputs[0]!);
      return [fill(outputs[0]!.shape, ([b, h, w, c]) => at(x, [b!, c!, h!, w!]))];
    },
  };
}
