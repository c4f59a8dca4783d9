/** Numbers that tensors begin with: ordinary ones mostly, and those that find faults. */
import { float32, type HostTensor, int32 } from '../../src/compile/step.js';
import type { RandomStream } from '../../src/random.js';

type Draw = (random: RandomStream) => number;

const sign: Draw = (random) => (random.integer(2) === 0 ? -1 : 1);

/** Of any size between two powers of ten. */
const sized =
  (low: number, high: number): Draw =>
  (random) =>
    sign(random) * 10 ** random.uniform(low, high);

/** How often, and what. */
const floats: readonly (readonly [number, Draw])[] = [
  [50, (random) => random.normal()],
  // Ties.
  [14, (random) => random.integer(5) - 2],
  [8, (random) => (random.integer(3) === 0 ? 0 : random.normal())],
  [8, (random) => random.uniform(0.1, 3)],
  [5, sized(-3, 3)],
  [3, (random) => 30 * random.normal()],
  [3, sized(-12, 12)],
  [3, sized(28, 31)],
  [3, sized(-31, -28)],
  [3, (random) => [Number.NaN, Infinity, -Infinity, -0, 0, 1, -1, 1e35, 1e-40][random.integer(9)]!],
];

const integers: readonly (readonly [number, Draw])[] = [
  [80, (random) => random.integer(7) - 2],
  [15, (random) => random.integer(2001) - 1000],
  [5, (random) => random.uint32() | 0],
];

function choose(random: RandomStream, list: typeof floats): Draw {
  let at = random.integer(list.reduce((sum, [share]) => sum + share, 0));
  return list.find(([share]) => {
    at -= share;
    return at < 0;
  })![1];
}

/** A tensor of numbers of one kind; `calm` has none that is very large, infinite or NaN. */
export function valuesFor(
  random: RandomStream,
  shape: readonly number[],
  dtype: 'float32' | 'int32',
  calm = false,
): HostTensor {
  const draw = choose(random, dtype !== 'float32' ? integers : calm ? floats.slice(0, 7) : floats);
  const length = shape.reduce((product, axis) => product * axis, 1);
  const numbers = Array.from({ length }, () => draw(random));
  return dtype === 'float32'
    ? float32(shape, Float32Array.from(numbers))
    : int32(shape, Int32Array.from(numbers));
}
