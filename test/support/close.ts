import type { Tensor } from '@tensorflow/tfjs-core';

/** Row-major values with their shape. */
export interface ExpectedTensor {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export interface Tolerance {
  /** Largest difference, as a share of the largest expected absolute value. */
  readonly relative: number;
  /** The largest expected absolute value counts as at least this; for tensors of zeros. Default 0. */
  readonly floor?: number;
  /** What is compared, for the message. Default `tensor`. */
  readonly what?: string;
}

/**
 * Asserts that two tensors have one shape and nearly the same values. The tolerance is measured
 * against the largest element, because rounding in a sum is as large as the sum's largest terms.
 *
 * @throws Error that tells the element that is furthest off
 */
export function expectClose(actual: Tensor, expected: ExpectedTensor, tolerance: Tolerance): void {
  const { relative, floor = 0, what = 'tensor' } = tolerance;
  if (actual.shape.join() !== expected.shape.join()) {
    fail(`${what}: shape [${actual.shape}], expected [${expected.shape}]`);
  }
  const scale = Math.max(floor, largest(expected));
  const allowed = relative * scale;
  const values = actual.dataSync();
  let worst = 0;
  let outside = 0;
  const difference = (i: number): number => {
    const absolute = Math.abs(values[i]! - expected.values[i]!);
    return Number.isNaN(absolute) ? Number.POSITIVE_INFINITY : absolute;
  };
  for (let i = 0; i < values.length; i++) {
    if (difference(i) > allowed) outside++;
    if (difference(i) > difference(worst)) worst = i;
  }
  if (outside === 0) return;
  fail(
    `${what}: ${outside} of ${values.length} elements are off; the worst is ` +
      `[${indexOf(worst, actual.shape)}], ${values[worst]} for ${expected.values[worst]}, off by ` +
      `${(difference(worst) / scale).toExponential(1)} of the largest, allowed ${relative}`,
  );
}

/**
 * `expectClose` for tensors by name: the same names, and each tensor close. A tensor of zeros, or
 * nearly, is held to a hundredth of the largest element of them all.
 */
export function expectAllClose(
  actual: ReadonlyMap<string, Tensor>,
  expected: Readonly<Record<string, ExpectedTensor>>,
  relative: number,
): void {
  const missing = Object.keys(expected).filter((name) => !actual.has(name));
  const unknown = [...actual.keys()].filter((name) => !(name in expected));
  if (missing.length + unknown.length > 0) {
    fail(`missing: ${missing.join(', ') || 'none'}; not expected: ${unknown.join(', ') || 'none'}`);
  }
  const floor = 1e-2 * Math.max(...Object.values(expected).map(largest));
  for (const [name, tensor] of actual) {
    expectClose(tensor, expected[name]!, { relative, floor, what: name });
  }
}

/** A tensor as an expectation. */
export function valuesOf(tensor: Tensor): ExpectedTensor {
  return { shape: tensor.shape, values: tensor.dataSync() };
}

const largest = ({ values }: ExpectedTensor): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The indices of element `flat` of a row-major tensor. */
function indexOf(flat: number, shape: readonly number[]): number[] {
  return shape.map((length, axis) => {
    const stride = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
    return Math.floor(flat / stride) % length;
  });
}

function fail(message: string): never {
  throw new Error(message);
}
