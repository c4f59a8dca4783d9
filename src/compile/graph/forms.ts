/** What values are made of: the forms that laws and passes look for. */
import { type Node, splatOf, type Value } from './graph.js';

/** x of op(x, …). */
export const argumentOf = (value: Value, op: string): Value | undefined =>
  value.producer?.op === op ? value.producer.inputs[0] : undefined;

/** The two operands of a node, and the other way round. */
export function bothWays({ inputs }: Node): [Value, Value][] {
  const [a, b] = inputs as [Value, Value];
  return [
    [a, b],
    [b, a],
  ];
}

/** What a value is a constant multiple of. */
export function scaleOf(x: Value): { base: Value; factor: number } | undefined {
  const negated = argumentOf(x, 'Neg');
  if (negated !== undefined) return { base: negated, factor: -1 };
  if (x.producer?.op !== 'Mul' || x.dtype !== 'float32') return undefined;
  const [a, b] = x.producer.inputs as [Value, Value];
  const factor = splatOf(a) ?? splatOf(b);
  if (factor === undefined) return undefined;
  return { base: splatOf(a) === undefined ? a : b, factor };
}

/**
 * Whether factors may be moved: between ¼ and 4, as ½, √2 and 1/√π are in activations and their
 * gradients. What is computed without its factors is then nearly as large as what is written: a step
 * whose numbers, as written, are within 1e−37 … 8e37 (or 0) leaves the range of float32 nowhere.
 */
export const mayMove = (...factors: readonly number[]): boolean =>
  factors.every((factor) => 1 / 4 <= Math.abs(factor) && Math.abs(factor) <= 4);

/** What a value is the transpose of. */
export function transposeOf(x: Value): { source: Value; perm: readonly number[] } | undefined {
  const source = argumentOf(x, 'Transpose');
  return source && { source, perm: x.producer!.attributes.perm as readonly number[] };
}

export interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** A factor of the product, and not of the bias. */
  readonly alpha?: number;
  /** [N] */
  readonly bias?: Value | undefined;
}

/** The options of a `MatMul`, `Gemm` or `FusedMatMul` node; `bias` stands for its third input. */
export function productOptions({ attributes }: Node, bias?: Value): Required<ProductOptions> {
  const { alpha } = attributes as { alpha?: { float: number } };
  return {
    transA: attributes.transA === 1,
    transB: attributes.transB === 1,
    alpha: alpha?.float ?? 1,
    bias,
  };
}
