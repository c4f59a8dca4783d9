/**
 * Tensors that are told by the places of their values, as far as their shapes follow from the step.
 */
import type { Builder } from '../graph/builder.js';
import { numbersOf, type Value } from '../graph/graph.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { placesIn, segmentSum, within } from './gather.js';
import { type KernelCall, type LoweringTable, UnsupportedOption } from './lowering.js';

/**
 * `tensor` with rows of `updates` at the places that `indices` [N, K] tell; of several rows for one
 * place the last stays. onnxruntime itself writes them in no certain order.
 */
export function putRows(build: Builder, tensor: Value, indices: Value, updates: Value): Value {
  const [count, depth] = indices.shape as [number, number];
  if (count === 0 || sizeOf(tensor.shape) === 0) return tensor;
  const outer = tensor.shape.slice(0, depth);
  const inner = tensor.shape.slice(depth);
  const nobody = build.splat('int32', outer, -1);
  const numbers = build.constant(
    'int32',
    [count],
    Array.from({ length: count }, (_, i) => i),
  );
  const owner = build.op(
    'ScatterND',
    [nobody, placesIn(build, indices, tensor.shape), numbers],
    nobody,
    {
      reduction: 'max',
    },
  );
  const zero = build.splat('int32', [], 0);
  const row = build.binary('Max', owner, zero);
  const put = build.op(
    'Gather',
    [updates, row],
    { dtype: tensor.dtype, shape: [...outer, ...inner] },
    { axis: 0 },
  );
  const isOwned = build.reshape(build.compare('GreaterOrEqual', owner, zero), [
    ...outer,
    ...inner.map(() => 1),
  ]);
  if (tensor.dtype !== 'bool') return build.where(isOwned, put, tensor);
  const [yes, no] = [build.cast(put, 'int32'), build.cast(tensor, 'int32')];
  return build.cast(build.where(isOwned, yes, no), 'bool');
}

/** [N], [N, K] or one index as [N, K]. */
const asRows = (build: Builder, indices: Value): Value =>
  indices.shape.length > 1
    ? build.reshape(indices, [sizeOf(indices.shape.slice(0, -1)), indices.shape.at(-1)!])
    : build.reshape(indices, [sizeOf(indices.shape), 1]);

/** The numbers of an input on which the shape of the result depends. */
function known(call: KernelCall, name: string): number[] {
  const numbers = numbersOf(call.inputs[name]!);
  if (numbers === undefined) {
    throw new UnsupportedOption(`a result whose shape follows from the values of '${name}'`);
  }
  return numbers;
}

/** The rows of `data` at `indices`, summed by segment; the segments' numbers ascend. */
function segments(call: KernelCall): { sums: Value; counts: number[] } {
  const { inputs, build } = call;
  const [data, indices] = [inputs.data!, inputs.indices!];
  const ids = known(call, 'segmentIds');
  if (ids.some((id, i) => id < (ids[i - 1] ?? 0))) {
    throw new UnsupportedOption('segments whose numbers do not ascend from 0');
  }
  const count = (ids.at(-1) ?? -1) + 1;
  const counts = new Array<number>(count).fill(0);
  for (const id of ids) counts[id]!++;
  const rows = build.op(
    'Gather',
    [data, within(build, indices, [data.shape[0]!])],
    { dtype: data.dtype, shape: [ids.length, ...data.shape.slice(1)] },
    { axis: 0 },
  );
  const owners = build.constant('int32', [ids.length], ids);
  return { sums: segmentSum(build, rows, owners, count), counts };
}

export const sparse: LoweringTable = {
  TensorScatterUpdate: ({ inputs: { tensor, indices, updates }, build }) => {
    const places = asRows(build, indices!);
    const [count, depth] = places.shape as [number, number];
    const rows = build.reshape(updates!, [count, ...tensor!.shape.slice(depth)]);
    return putRows(build, tensor!, places, rows);
  },
  SparseToDense: ({ inputs, attrs, build }) => {
    const indices = asRows(build, inputs.sparseIndices!);
    const values = inputs.sparseValues!;
    const shape = attrs.outputShape as Shape;
    const [count, depth] = indices.shape as [number, number];
    const rows = build.expand(values, [count, ...shape.slice(depth)]);
    const dense = build.expand(build.reshape(inputs.defaultValue!, []), shape);
    return putRows(build, build.cast(dense, values.dtype), indices, rows);
  },
  SparseSegmentSum: (call) => segments(call).sums,
  SparseSegmentMean: (call) => {
    const { sums, counts } = segments(call);
    const shape = [counts.length, ...sums.shape.slice(1).map(() => 1)];
    const divisors = counts.map((count) => Math.max(count, 1));
    return call.build.div(sums, call.build.constant(sums.dtype, shape, divisors));
  },
  // The places [N, R] as numbers of elements, and those as places in the other shape.
  SparseReshape: (call) => {
    const { inputs, build } = call;
    const from = known(call, 'inputShape');
    const asked = known(call, 'newShape');
    const size = sizeOf(from);
    const rest = asked.reduce((product, length) => (length < 0 ? product : product * length), 1);
    const to = asked.map((length) => (length < 0 ? size / rest : length));
    if (sizeOf(to) !== size || to.some((length) => !Number.isInteger(length))) {
      throw new UnsupportedOption(`[${from}] as [${asked}], which has another number of elements,`);
    }
    const indices = inputs.inputIndices!;
    const int32s = (list: readonly number[]): Value => build.constant('int32', [list.length], list);
    const flat = build.reduce('ReduceSum', build.mul(indices, int32s(stridesOf(from))), [1], true);
    const cells = build.div(flat, int32s(stridesOf(to)));
    const places = build.op('Mod', [cells, int32s(to)], cells, { fmod: 0 });
    return [places, int32s(to)];
  },
};

/** Elements from one index of an axis to the next. */
const stridesOf = (shape: Shape): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
