import type { DatasetSplits } from '../../src/data/dataset.js';

/** Two domains, and what is known about their images that training never sees. */
export interface DomainSplits extends DatasetSplits {
  readonly truth?: Truth | undefined;
}

/**
 * `pairs`: the held-out images of A and B are each other's counterparts, in their order. `classes`: every
 * image is of one of the classes that both domains have.
 */
export type Truth =
  | { readonly kind: 'pairs' }
  | {
      readonly kind: 'classes';
      readonly names: readonly string[];
      /** Of the held-out images of each domain, in their order, each in 0 … K − 1. */
      readonly a: ArrayLike<number>;
      readonly b: ArrayLike<number>;
    };
