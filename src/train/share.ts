/**
 * A rank's share of each batch: some of its examples, the others' following them.
 */
import { elementCount } from '../arrays.js';
import type { StepInput } from '../compile/step.js';
import { UsageError } from '../errors.js';
import type { Share, World } from './world.js';

/** Which examples of a batch of B are a rank's: from the first on, up to the one after the last. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** Ranks differ by one example at most. */
export const rowsOf = (batchSize: number, { rank, size }: Share): Rows => ({
  from: Math.floor((batchSize * rank) / size),
  to: Math.floor((batchSize * (rank + 1)) / size),
});

/**
 * @throws UsageError where there are more ranks than examples
 */
export function requireShares(batchSize: number, { size }: Pick<Share, 'size'>): void {
  if (batchSize >= size) return;
  throw new UsageError(
    `batchSize=${batchSize}: a batch cannot be shared by ${size} processes; give a larger one, or start fewer`,
  );
}

/**
 * All ranks' rows of a batch, in its order.
 * @param own this rank's rows
 */
export async function wholeOf(
  own: Float32Array,
  batchSize: number,
  team: Share & Pick<World, 'sum'>,
): Promise<Float32Array> {
  if (team.size === 1) return own;
  const { from, to } = rowsOf(batchSize, team);
  const each = own.length / (to - from);
  const whole = new Float32Array(batchSize * each);
  whole.set(own, from * each);
  await team.sum(whole);
  return whole;
}

type Inputs = Readonly<Record<string, StepInput>>;

/**
 * A rank's rows of what a step takes. Every input has B examples, one after the other, or is a number that
 * all take.
 * @param share undefined for all of them
 */
export function shareOf<I extends Inputs>(inputs: I, batchSize: number, share?: Share): I {
  if (share === undefined || share.size === 1) return inputs;
  const { from, to } = rowsOf(batchSize, share);
  const cut = Object.entries(inputs).map(([name, input]) => {
    const [length, ...rest] = input.shape;
    if (length === undefined) return [name, input];
    if (length !== batchSize) {
      throw new Error(`${name} [${input.shape}] is not of ${batchSize} examples`);
    }
    const each = elementCount(rest);
    const values = input.values.slice(from * each, to * each);
    return [name, { ...input, shape: [to - from, ...rest], values } as StepInput];
  });
  return Object.fromEntries(cut) as I;
}
