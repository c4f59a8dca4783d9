/**
 * Products with matrices that lie as columns, [B · C, S] made of [B, S, C] by transposing: the
 * products are taken from the left instead, W · X for each of the B, and nothing is transposed.
 *
 * Products over long columns, Aᵀ · B, as weights' gradients are: onnxruntime turns A round as it goes,
 * and takes the longer for it the wider A is.
 */
import { argumentOf, transposeOf } from '../forms.js';
import type { Value } from '../graph.js';
import { type Rules, rule } from './rule.js';

/** The [B, S, C] behind a matrix [B · C, S] that was made by transposing and merging. */
function columnsOf(x: Value): Value | undefined {
  const merged = x.shape.length === 2 ? argumentOf(x, 'Reshape') : undefined;
  const moved = merged && transposeOf(merged);
  if (moved === undefined || moved.perm.join() !== '0,2,1') return undefined;
  const [batch, rows, channels] = moved.source.shape as [number, number, number];
  return x.shape[0] === batch * channels && x.shape[1] === rows ? moved.source : undefined;
}

/** The result is worth turning round where it is so much narrower than high. */
const narrower = 2;

/** Terms are added in another order. */
export const products = {
  matMul: [
    rule(
      'columns(X)ᵀ · columns(Y) = Σ X · Yᵀ over the batch',
      'within range',
      (build, { a, b, transA, transB, alpha, bias }) => {
        const [left, right] = [columnsOf(a), columnsOf(b)];
        if (left === undefined || right === undefined) return undefined;
        if (!transA || transB || bias !== undefined) return undefined;
        // A matrix for each of the batch takes longer to write and to add up than two are turned.
        const [m, n, channels] = [left.shape[1]!, right.shape[1]!, left.shape[2]!];
        if (m * n > 2 * channels * (m + n)) return undefined;
        return build.reduce(
          'ReduceSum',
          build.matMul(left, right, { transB: true, alpha }),
          [0],
          false,
        );
      },
    ),
    rule(
      'columns(X) · W = columns(Wᵀ · X)',
      'within range',
      (build, { a, b, transA, transB, alpha, bias }) => {
        const left = columnsOf(a);
        if (left === undefined || b.shape.length !== 2 || transA) return undefined;
        if (columnsOf(b) !== undefined) return undefined;
        const weights = transB ? b : build.transpose(b, [1, 0]);
        const product = build.matMul(weights, left, { alpha });
        const [batch, n, channels] = product.shape as [number, number, number];
        const sum = bias === undefined ? product : build.add(product, build.reshape(bias, [n, 1]));
        return build.reshape(build.transpose(sum, [0, 2, 1]), [batch * channels, n]);
      },
    ),
    rule(
      'Aᵀ · B = (Bᵀ · A)ᵀ with the narrower one transposed',
      'within range',
      (build, { a, b, transA, transB, alpha, bias }) => {
        if (!transA || transB || bias !== undefined) return undefined;
        if (a.shape.length !== 2 || b.shape.length !== 2) return undefined;
        if (narrower * b.shape[1]! > a.shape[1]!) return undefined;
        return build.transpose(build.matMul(b, a, { transA, alpha }), [1, 0]);
      },
    ),
  ],
} satisfies Partial<Rules>;
