/** Values of TensorFlow.js as constants of a graph, and back. */
import type { Builder } from '../graph/builder.js';
import { type DType, type Value, valuesOf } from '../graph/graph.js';
import { type Shape, sizeOf } from '../graph/shapes.js';

/** Values as TensorFlow.js' backends are given them, and give them back. */
export type HostValues = ArrayLike<number | boolean>;

/** What TensorFlow.js keeps values in. */
export type HostArray = Float32Array | Int32Array | Uint8Array;

/** A constant of the graph, with a copy of the values. */
export function constantOf(build: Builder, dtype: DType, shape: Shape, values: HostValues): Value {
  const first = Number(values[0]);
  if (values.length > 0 && isRepeated(values)) return build.splat(dtype, shape, first);
  const own =
    (dtype === 'float32' && values instanceof Float32Array) ||
    (dtype === 'int32' && values instanceof Int32Array)
      ? values.slice()
      : valuesOf(dtype, Array.from(values, Number));
  return build.constantOf(dtype, shape, { values: own });
}

/** A plain loop: most constants of a gradient are ones and zeros, of the size of a batch. */
function isRepeated(values: HostValues): boolean {
  const first = values[0];
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], first)) return false;
  return true;
}

/** The values of a constant in an array of their own; `undefined` when the value is no constant. */
export function arrayOf({ constant, dtype, shape }: Value): HostArray | undefined {
  if (constant === undefined) return undefined;
  if ('values' in constant) {
    const { values } = constant;
    if (values instanceof BigInt64Array) return Int32Array.from(values, Number);
    return values instanceof Float64Array ? Float32Array.from(values) : values.slice();
  }
  const make = {
    ...{ float32: Float32Array, float64: Float32Array },
    ...{ int32: Int32Array, int64: Int32Array },
  };
  const type = dtype === 'bool' || dtype === 'uint8' ? Uint8Array : make[dtype];
  return new type(sizeOf(shape)).fill(constant.splat);
}
