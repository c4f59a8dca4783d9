import { elementCount } from '../arrays.js';
import type { TensorValues } from './tensor-file.js';

/**
 * Transposes: axis i of the result is axis `order[i]` of `values`.
 *
 * @param values row-major, of `shape`, which has at most four axes
 */
export function permuteAxes<T extends TensorValues>(
  values: T,
  shape: readonly number[],
  order: readonly number[],
): T {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const missing = Array.from({ length: 4 - order.length }, () => 1);
  const [n0, n1, n2, n3] = [...missing, ...order.map((axis) => shape[axis]!)] as Four;
  const [s0, s1, s2, s3] = [...missing, ...order.map((axis) => strides[axis]!)] as Four;
  const result = new (values.constructor as new (length: number) => T)(values.length);
  let at = 0;
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      for (let k = 0; k < n2; k++) {
        const row = i * s0 + j * s1 + k * s2;
        for (let l = 0; l < n3; l++) result[at++] = values[row + l * s3]!;
      }
    }
  }
  return result;
}

type Four = [number, number, number, number];
