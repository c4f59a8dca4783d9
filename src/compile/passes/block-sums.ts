/**
 * Long sums. onnxruntime adds term by term, and the sum so far takes the digits of what is added: of
 * 2²⁰ equal terms it is 1e−3 off, and so is the product of a row and a column that are as long.
 */
import type { Builder } from '../graph/builder.js';
import { type Node, numbersOf, type Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';

/** Sums of up to so many terms are left alone: 4e−5 off at the worst. */
const longestSum = 4096;

/** About as many terms of a longer one are added to a term of the next. */
const blockLength = 256;

/** Whether a node is a sum or a mean of floats of more terms than onnxruntime adds well. */
export function isLongSum({ op, inputs: [x, axes] }: Node): boolean {
  if ((op !== 'ReduceSum' && op !== 'ReduceMean') || x!.dtype !== 'float32') return false;
  return termsOf(x!, numbersOf(axes!)!) > longestSum;
}

/** The same of sums of blocks, as new nodes: without the builder's own simplifications. */
export function sumInBlocks(build: Builder, node: Node, x: Value): Value {
  const { op, inputs, outputs, attributes } = node;
  const axes = numbersOf(inputs[1]!)!;
  const reduce = (value: Value, over: readonly number[], keepdims: number): Value => {
    const shape = value.shape.flatMap((length, axis) =>
      over.includes(axis) ? (keepdims === 1 ? [1] : []) : [length],
    );
    return build.op(
      'ReduceSum',
      [value, build.int64s(over)],
      { dtype: 'float32', shape },
      { keepdims },
    );
  };
  const reshape = (value: Value, shape: readonly number[]): Value =>
    build.op('Reshape', [value, build.int64s(shape)], { dtype: 'float32', shape });

  /** The first `length` along an axis, or those after them. */
  const cut = (value: Value, axis: number, from: number, to: number): Value =>
    build.op('Slice', [value, ...[[from], [to], [axis]].map((list) => build.int64s(list))], {
      dtype: 'float32',
      shape: value.shape.with(axis, to - from),
    });

  /** An axis made so short that it can be added up. */
  const shorten = (value: Value, axis: number): Value => {
    const length = value.shape[axis]!;
    if (length <= longestSum) return value;
    const block = blockOf(length);
    const whole = length - (length % block);
    const head = whole === length ? value : cut(value, axis, 0, whole);
    const split = reshape(head, head.shape.toSpliced(axis, 1, whole / block, block));
    const sums = reduce(split, [axis + 1], 0);
    if (whole === length) return shorten(sums, axis);
    const rest = reduce(cut(value, axis, whole, length), [axis], 1);
    const shape = sums.shape.with(axis, sums.shape[axis]! + 1);
    return shorten(build.op('Concat', [sums, rest], { dtype: 'float32', shape }, { axis }), axis);
  };

  // One axis after the other, the last first: its terms lie side by side.
  const sum = axes.toReversed().reduce((value, axis) => reduce(shorten(value, axis), [axis], 1), x);
  const result = attributes.keepdims === 1 ? sum : reshape(sum, outputs[0]!.shape);
  if (op === 'ReduceSum') return result;
  return build.op('Mul', [result, build.scalar(1 / termsOf(x, axes))], result);
}

const products: ReadonlySet<string> = new Set(['Gemm', 'MatMul', 'FusedMatMul']);

/** Whether a node is the product of a row and a column of more terms than onnxruntime adds well. */
export function isLongDot({ op, inputs: [a, , bias], outputs: [y] }: Node): boolean {
  if (!products.has(op) || a!.dtype !== 'float32' || bias !== undefined) return false;
  return sizeOf(y!.shape) === 1 && sizeOf(a!.shape) > longestSum;
}

/** The same as a sum of blocks, as new nodes. */
export function dotInBlocks(
  build: Builder,
  { attributes, outputs }: Node,
  factors: Value[],
): Value {
  const dtype = 'float32';
  const flat = factors.map((factor) => {
    const shape = [sizeOf(factor.shape)];
    return build.op('Reshape', [factor, build.int64s(shape)], { dtype, shape });
  });
  const terms = build.op('Mul', flat, flat[0]!);
  const axes = build.int64s([0]);
  const sum = build.op('ReduceSum', [terms, axes], { dtype, shape: [1] }, { keepdims: 1 });
  const { shape } = outputs[0]!;
  const whole = sumInBlocks(build, sum.producer!, terms);
  const result = build.op('Reshape', [whole, build.int64s(shape)], { dtype, shape });
  const alpha = (attributes.alpha as { readonly float: number } | undefined)?.float ?? 1;
  return alpha === 1 ? result : build.op('Mul', [result, build.scalar(alpha)], result);
}

const termsOf = (x: Value, axes: readonly number[]): number =>
  axes.reduce((count, axis) => count * x.shape[axis]!, 1);

/** A divisor of a length that will do as that of a block, if there is one. */
function blockOf(length: number): number {
  for (let block = blockLength; block >= blockLength / 4; block--) {
    if (length % block === 0) return block;
  }
  return blockLength;
}
