/**
 * What a step draws, as something that the host supplies anew at each call.
 */
import { type Shape, sizeOf } from '../graph/shapes.js';
import type { Supply } from '../supply.js';
import { type Distribution, fill, type RandomValues } from './distribution.js';
import { RandomStream } from './stream.js';

export type RandomType = 'float32' | 'int32' | 'bool';

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** The number of a call before all others: variables that a step makes begin with what is drawn in it. */
export const beforeCalls = -1;

/**
 * Random numbers that are a function of the seed, the call's number, the place among the step's
 * supplies, and the element.
 * @param op the operation that draws, which is what tells supplies apart with the distribution
 */
export function drawing(
  op: string,
  distribution: Distribution,
  dtype: RandomType,
  shape: Shape,
  seed: number,
): Supply {
  let stream: RandomStream | undefined;
  let values: RandomValues | undefined;
  return {
    dtype,
    shape,
    what: `tf.${op} of ${dtype} [${shape}] ${JSON.stringify(distribution)}`,
    next(call, index) {
      stream ??= new RandomStream();
      // Runs take turns: the numbers of the last one have been read.
      values ??= new arrays[dtype](sizeOf(shape));
      stream.begin(seed, call, index);
      return fill(distribution, stream, values);
    },
  };
}

/**
 * Numbers drawn with a seed of the operation's own: the same ones at every call.
 * @param values nobody else's
 */
export function drawnOnce(
  op: string,
  values: RandomValues,
  dtype: RandomType,
  shape: Shape,
): Supply {
  return {
    dtype,
    shape,
    what: `tf.${op} of ${dtype} [${shape}] with the same numbers at every call, ${digestOf(values)}`,
    next: () => values,
  };
}

/** Eight digits that other values hardly have (FNV-1a). */
function digestOf(values: RandomValues): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
