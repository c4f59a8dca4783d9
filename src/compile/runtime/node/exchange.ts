/**
 * What processes that share the parts of a batch tell each other: the sums over their parts, and rows, in
 * one vector that is added up over all of them.
 */

import { sizeOf } from '../../graph/shapes.js';
import type { Group } from '../../group.js';
import type { SharedParts, SplitGraph } from '../../passes/split/split-graph.js';
import { modelOf } from '../model.js';
import type { Values } from '../runtime.js';
import { copy, layOut, shareOf, viewsOf } from './part.js';
import { createSession } from './session.js';

/** What one of several processes has for it. */
export interface Exchange {
  /** Where the terms of a process's only part go; absent where it has several. */
  readonly only: Values | undefined;
  /**
   * Tells all what the own parts have made.
   * @param rows of the own parts, in the order of the graph's outputs
   * @param terms of each own part, where there are several
   * @returns rows of all parts, and the sums of all terms, likewise
   */
  join(rows: Values, terms: readonly Values[]): Promise<Values>;
  release(): Promise<void>;
}

/** x + −0 is x, whatever x is. */
const nothing = -0;

export async function createExchange(
  { part, count }: SplitGraph,
  { processes, own }: SharedParts,
  { rank, sum }: Group,
): Promise<Exchange> {
  const lengthOf = (kind: 'rows' | 'term', times: number) =>
    part.outputs
      .filter(({ port }) => port.kind === kind)
      .map(({ value }) => ({ dtype: 'float32' as const, length: times * sizeOf(value.shape) }));
  const rowSlots = lengthOf('rows', count);
  const { slots, end } = layOut([...rowSlots, ...lengthOf('term', 1)], 0);
  const vector = new Float32Array(end / Float32Array.BYTES_PER_ELEMENT);
  const views = viewsOf(vector.buffer, slots);
  const rowViews = views.slice(0, rowSlots.length);
  const totals = views.slice(rowSlots.length);
  const adding =
    count === processes ? undefined : await createSession(modelOf(own), { threads: 1 });

  return {
    only: adding === undefined ? totals : undefined,
    async join(rows, terms) {
      for (const view of rowViews) (view as Float32Array).fill(nothing);
      copy(rows, shareOf(rowViews, rank, processes));
      // A graph's inputs come sum by sum.
      const sorted = totals.flatMap((_, index) => terms.map((own) => own[index]!));
      await adding?.run(sorted, totals);
      await sum(vector);
      return views;
    },
    release: async () => adding?.release(),
  };
}
