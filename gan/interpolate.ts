/**
 * Walks through latent space by spherical interpolation: White 2016, "Sampling Generative
 * Networks", https://arxiv.org/abs/1609.04468.
 *
 * Standard normal latents of many dimensions lie near a sphere. A straight line between two of them
 * leaves it and passes through latents that the generator hardly ever saw; the great circle does not.
 *
 * Axes: K keyframes, T frames, Z latent.
 */

/** Below this sine two directions are one, or opposite, and no single great circle joins them. */
const leastSine = 1e-6;

/**
 * The latent at share `t` of the way from `from` to `to`:
 * sin((1 − t)θ) / sin θ · from + sin(tθ) / sin θ · to, where θ is the angle between them. On a
 * straight line where θ has no sine, as in one dimension.
 *
 * @param from [Z]
 * @param to [Z]
 * @param t 0 … 1
 */
export function slerp(from: Float32Array, to: Float32Array, t: number): Float32Array {
  if (from.length !== to.length) {
    throw new RangeError(`latents of ${from.length} and ${to.length} numbers have no angle`);
  }
  const cosine = dot(from, to) / Math.sqrt(dot(from, from) * dot(to, to));
  // Rounding can take the cosine of parallel latents beyond 1.
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  // Latents of zeros have no angle at all.
  const [a, b] =
    sine >= leastSine ? [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine] : [1 - t, t];
  return from.map((value, i) => a * value + b * to[i]!);
}

/**
 * A walk from keyframe to keyframe, `framesPerStep` frames from each to the next; the first of
 * these is the keyframe itself.
 *
 * @param keyframes [K, Z], row after row
 * @param options.closed goes on from the last keyframe to just before the first, so that the walk
 *   can be repeated without a jump: T = K · framesPerStep. Otherwise it ends on the last keyframe:
 *   T = (K − 1) · framesPerStep + 1
 * @returns [T, Z], row after row
 */
export function latentWalk(
  keyframes: Float32Array,
  options: { latentDim: number; framesPerStep: number; closed: boolean },
): Float32Array {
  const { latentDim, framesPerStep, closed } = options;
  const count = keyframes.length / latentDim;
  if (!(count >= 1 && framesPerStep >= 1)) {
    throw new RangeError(`no walk has ${count} keyframes and ${framesPerStep} frames between them`);
  }
  const keyframe = (k: number): Float32Array => {
    const first = (k % count) * latentDim;
    return keyframes.subarray(first, first + latentDim);
  };
  const frames = closed ? count * framesPerStep : (count - 1) * framesPerStep + 1;
  const walk = new Float32Array(frames * latentDim);
  for (let frame = 0; frame < frames; frame++) {
    const k = Math.floor(frame / framesPerStep);
    const t = (frame % framesPerStep) / framesPerStep;
    walk.set(t === 0 ? keyframe(k) : slerp(keyframe(k), keyframe(k + 1), t), frame * latentDim);
  }
  return walk;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
