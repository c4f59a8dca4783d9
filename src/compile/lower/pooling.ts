/**
 * Maxima and means over windows.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { Shape } from '../graph/shapes.js';
import {
  type KernelCall,
  type Lowering,
  type LoweringTable,
  UnsupportedOption,
} from './lowering.js';
import {
  channelsFirst,
  channelsLast,
  countTaps,
  gatherTaps,
  scatterTaps,
  type WindowInfo,
  windowAttributes,
  windowsOf,
} from './windows.js';

/** The geometry of a pooling from its attributes. */
function poolInfo(attrs: KernelCall['attrs'], shape: Shape): WindowInfo {
  return tf.backend_util.computePool2DInfo(
    [...shape] as [number, number, number, number],
    attrs.filterSize as number | [number, number],
    attrs.strides as number | [number, number],
    1,
    attrs.pad as 'valid' | 'same' | number,
    attrs.dimRoundingMode as 'floor' | 'round' | 'ceil' | undefined,
  );
}

const pool =
  (op: 'MaxPool' | 'AveragePool'): Lowering =>
  ({ inputs: { x }, attrs, build }) => {
    const info = poolInfo(attrs, x!.shape);
    const windows = windowAttributes(info);
    const widest = Math.min(...windows.kernel_shape);
    if (windows.pads.some((pad) => pad >= widest)) {
      throw new UnsupportedOption('padding as wide as the window');
    }
    const [batch, height, width, channels] = info.outShape as [number, number, number, number];
    // Neither counts what lies outside of the image.
    const pooled = build.op(
      op,
      [channelsFirst(build, x!)],
      { dtype: x!.dtype, shape: [batch, channels, height, width] },
      windows,
    );
    return channelsLast(build, pooled);
  };

/** Each window's gradient goes to its maximum; to the first of them if it has several. */
function maxPoolGradient(build: Builder, info: WindowInfo, dy: Value, x: Value, y: Value): Value {
  const taps = gatherTaps(build, info, x, Number.NEGATIVE_INFINITY);
  let rest = dy;
  const parts = taps.map((tap, i) => {
    if (i === taps.length - 1) return rest;
    const part = build.where(build.compare('Equal', tap, y), rest, build.scalar(0));
    rest = build.sub(rest, part);
    return part;
  });
  return scatterTaps(build, info, parts);
}

/** Each window's gradient goes in equal parts to the pixels of which it is the mean. */
function averagePoolGradient(build: Builder, info: WindowInfo, dy: Value): Value {
  const part = build.div(dy, countTaps(build, info));
  const parts = new Array<Value>(info.filterHeight * info.filterWidth).fill(part);
  return scatterTaps(build, info, parts);
}

export const pooling: LoweringTable = {
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  MaxPoolGrad: ({ inputs: { dy, input, output }, attrs, build }) =>
    maxPoolGradient(build, poolInfo(attrs, input!.shape), dy!, input!, output!),
  AvgPoolGrad: ({ inputs: { dy, input }, attrs, build }) =>
    averagePoolGradient(build, windowsOf(poolInfo(attrs, input!.shape), dy!), dy!),
};
