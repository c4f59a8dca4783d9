/**
 * Mixup: weighted sums of examples and of their labels (https://arxiv.org/abs/1710.09412).
 */
import type { RandomStream } from '../../random.js';

export interface Mixed {
  /** [B, H, W, C]. */
  readonly pixels: Uint8Array;
  /** [B, classes]; each row sums to 1. */
  readonly labels: Float32Array;
  /** λ, the share of each example in its mixture with its partner. */
  readonly lambda: number;
}

/**
 * Mixup (Zhang et al. 2018): every example i becomes λ·xᵢ + (1 − λ)·xⱼ, labels alike, with one
 * λ ~ Beta(α, α) for the batch and j from a random permutation of it. Pixels are rounded.
 *
 * @param pixels [B, H, W, C]
 * @param labels one-hot, [B, classes]
 * @param batch B
 * @param alpha α; 0 mixes nothing
 * @returns new arrays; the arguments are left as they are
 * @throws RangeError where α is negative, or B does not divide the arrays
 */
export function mixup(
  pixels: Uint8Array,
  labels: Float32Array,
  batch: number,
  alpha: number,
  random: RandomStream,
): Mixed {
  const lambda = alpha === 0 ? 1 : random.beta(alpha, alpha);
  const partners = random.permutation(batch);
  return {
    pixels: new Uint8Array(
      mixRows(pixels, partners, lambda, new Uint8ClampedArray(pixels.length)).buffer,
    ),
    labels: mixRows(labels, partners, lambda),
    lambda,
  };
}

/**
 * λ·xᵢ + (1 − λ)·xⱼ for every row xᵢ of a batch, j its partner.
 *
 * @param values [B, …]
 * @param partners [B]
 * @param mixed where the sums go; a new array if absent
 * @throws RangeError where B does not divide the values
 */
export function mixRows<Sums extends Float32Array | Uint8ClampedArray = Float32Array>(
  values: Float32Array | Uint8Array,
  partners: Uint32Array,
  lambda: number,
  mixed: Sums = new Float32Array(values.length) as Sums,
): Sums {
  const size = values.length / partners.length;
  if (!Number.isInteger(size)) {
    throw new RangeError(`${values.length} values are not a batch of ${partners.length}`);
  }
  for (let i = 0; i < mixed.length; i++) {
    const row = Math.floor(i / size);
    const partner = values[i + (partners[row]! - row) * size]!;
    mixed[i] = lambda * values[i]! + (1 - lambda) * partner;
  }
  return mixed;
}
