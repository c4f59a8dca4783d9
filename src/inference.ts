/**
 * A step run over any number of rows, a batch at a time.
 *
 * Axes: N rows, B batch.
 */
import { elementCount } from './arrays.js';
import { float32, type StepFunction, type StepInput, uint8 } from './compile/step.js';
import type { Engine } from './engine/engine.js';

/** The values of N rows, one after the other: numbers, or bytes, which a step sees as int32. */
export type Rows = Float32Array | Uint8Array;

export interface InferenceOptions<Output extends string> {
  /** The shape of a row of each input. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** The number of values in a row of each output. */
  readonly outputs: Readonly<Record<Output, number>>;
  /** B. By default it follows from the size of a row. */
  readonly batchSize?: number;
}

/**
 * From N rows of each input to N rows of each output.
 * @throws RangeError where an input does not hold N whole rows
 */
export type Inference<Output extends string> = (
  inputs: Readonly<Record<string, Rows>>,
) => Promise<Record<Output, Float32Array>>;

/** Values of a default batch: those of a hundred images of 32 × 32 in colour. */
const batchValues = 100 * 32 * 32 * 3;

/** B where nobody says: 100, or fewer where rows are long. */
export const usualBatchSize = (rowSize: number): number =>
  Math.min(100, Math.max(1, Math.floor(batchValues / rowSize)));

/**
 * Takes B rows at a time, whatever their number, so that memory does not grow with it. An engine that
 * compiles is always shown whole batches, the last one filled up with zeros: it compiles once, and
 * what it makes of a row does not depend on how many follow.
 *
 * @param step from inputs [B, …] to outputs [B, …], each row of which depends on that row alone
 */
export function createInference<Output extends string>(
  engine: Engine,
  step: StepFunction,
  options: InferenceOptions<Output>,
): Inference<Output> {
  const run = engine.compile(step);
  const ports = Object.entries(options.inputs).map(([name, shape]) => {
    return { name, shape, size: elementCount(shape) };
  });
  const batchSize = options.batchSize ?? usualBatchSize(Math.max(...ports.map(({ size }) => size)));
  return async (inputs) => {
    const [first] = ports;
    const count = inputs[first!.name]!.length / first!.size;
    for (const { name, shape, size } of ports) {
      const { length } = inputs[name]!;
      if (Number.isInteger(count) && length === count * size) continue;
      throw new RangeError(`${name} of ${shape.join('×')} do not add up to ${length}`);
    }
    const results = Object.fromEntries(
      Object.entries<number>(options.outputs).map(([name, size]) => [
        name,
        new Float32Array(count * size),
      ]),
    ) as Record<Output, Float32Array>;
    for (let from = 0; from < count; from += batchSize) {
      const taken = Math.min(batchSize, count - from);
      const rows = engine.compiles ? batchSize : taken;
      const batch = ports.map(({ name, shape, size }): [string, StepInput] => {
        const values = inputs[name]!.subarray(from * size, (from + taken) * size);
        return [name, batchOf([rows, ...shape], values)];
      });
      const outputs = await run(Object.fromEntries(batch));
      for (const [name, values] of Object.entries<Float32Array>(results)) {
        const size = values.length / count;
        values.set((outputs[name]!.values as Float32Array).subarray(0, taken * size), from * size);
      }
    }
    return results;
  };
}

/** Rows as a batch of a shape, and zeros after them where it has more. */
function batchOf(shape: readonly number[], rows: Rows): StepInput {
  const values = padded(rows, elementCount(shape));
  return values instanceof Uint8Array ? uint8(shape, values) : float32(shape, values);
}

function padded(rows: Rows, size: number): Rows {
  if (rows.length === size) return rows;
  const whole = rows instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  whole.set(rows);
  return whole;
}
