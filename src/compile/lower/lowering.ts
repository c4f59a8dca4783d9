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
