/**
 * Targets as the loss takes them.
 */

/**
 * Label smoothing (Szegedy et al. 2015, https://arxiv.org/abs/1512.00567): the one-hot rows of
 * labels, mixed with the uniform distribution: (1 − ε)·onehot + ε / K.
 *
 * @param labels [B], each in 0 … K − 1
 * @param numClasses K
 * @param epsilon ε, at least 0 and less than 1; 0 gives plain one-hot rows
 * @returns [B, K]; each row sums to 1
 * @throws RangeError where ε is out of range
 */
export function smoothedTargets(
  labels: ArrayLike<number>,
  numClasses: number,
  epsilon: number,
): Float32Array {
  if (!(epsilon >= 0 && epsilon < 1)) {
    throw new RangeError(`label smoothing is at least 0 and less than 1, not ${epsilon}`);
  }
  const targets = new Float32Array(labels.length * numClasses).fill(epsilon / numClasses);
  for (let i = 0; i < labels.length; i++) {
    targets[i * numClasses + labels[i]!] = 1 - epsilon + epsilon / numClasses;
  }
  return targets;
}
