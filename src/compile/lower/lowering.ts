import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';

/** A call of a TensorFlow.js kernel, as the trace saw it. */
export interface KernelCall {
  /** By the kernel's own names: `x`, `a`, `b`, …; by index for kernels that take a list. */
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly build: Builder;
}

/** Expresses a call in nodes of the graph. */
export type Lowering = (call: KernelCall) => Value | readonly Value[];

/** Lowerings by kernel name. */
export type LoweringTable = Readonly<Record<string, Lowering>>;

/** An option that is accepted by the kernel but has no lowering; the trace adds kernel and line. */
export class UnsupportedOption extends Error {}

/** Axes as TensorFlow.js gives them (one or many, maybe negative, all when absent), ascending. */
export function parseAxes(axis: unknown, rank: number): number[] {
  const list = axis == null ? [] : Array.isArray(axis) ? (axis as number[]) : [axis as number];
  if (list.length === 0) return Array.from({ length: rank }, (_, i) => i);
  return list.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b);
}

/**
 * A number as an integer array takes it: towards zero, modulo 2³², and 0 for NaN and infinity. What
 * onnxruntime itself makes of all that int32 does not hold depends on the processor.
 */
export function toInt(build: Builder, x: Value): Value {
  const isFloat = x.dtype === 'float32' || x.dtype === 'float64';
  if (!isFloat || x.constant !== undefined) return build.cast(x, 'int32');
  const number = (value: number): Value => build.splat(x.dtype, [], value);
  // A comparison with NaN is false. What is left out is a multiple of 2³², but for a few float64.
  const fits = build.compare('Less', build.unary('Abs', x), number(2 ** 63));
  const long = build.cast(build.where(fits, x, number(0)), 'int64');
  // onnxruntime makes one cast of two that follow each other: no number is less than the smallest.
  const apart = build.op('Max', [long, build.splat('int64', [], -(2 ** 63))], long);
  return build.cast(apart, 'int32');
}

/**
 * A function of floats. TensorFlow.js gives an integer tensor for an integer tensor, of what an integer
 * array makes of the results; onnxruntime knows most functions for floats only.
 */
export const ofFloats =
  (apply: (build: Builder, x: Value) => Value): Lowering =>
  ({ inputs, build }) => {
    const x = (inputs.x ?? inputs.logits)!;
    return x.dtype === 'float32'
      ? apply(build, x)
      : toInt(build, apply(build, build.cast(x, 'float32')));
  };
