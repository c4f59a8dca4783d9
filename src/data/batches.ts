/**
 * Which examples each step sees, and their pixels and labels.
 */
import { InputError } from '../errors.js';
import type { RandomStream } from '../random.js';
import { checkedIndex, type ImageDataset } from './dataset.js';

/**
 * An endless sequence of full batches. Every epoch is a fresh permutation of the examples, the
 * epochs follow one another without a gap, and step k takes the examples k·B … (k+1)·B − 1 of that
 * sequence: each example comes exactly once an epoch, and a batch may straddle two epochs.
 */
export class Batches {
  readonly count: number;
  readonly batchSize: number;
  readonly #random: RandomStream;
  /** The permutations in use, by epoch: two while a batch straddles epochs. */
  readonly #orders = new Map<number, Uint32Array>();

  /**
   * @param options.count examples in the dataset, N
   * @param options.batchSize examples in a batch, B; it may exceed N
   * @param options.random names the sequence; nothing is drawn from this stream itself
   */
  constructor(options: { count: number; batchSize: number; random: RandomStream }) {
    checkSize('count', options.count);
    checkSize('batch size', options.batchSize);
    this.count = options.count;
    this.batchSize = options.batchSize;
    this.#random = options.random;
  }

  /**
   * The examples of a step, [B], each in 0 … N − 1: a pure function of the random stream's key and
   * the step, whatever was asked before.
   */
  indices(step: number): Uint32Array {
    if (!Number.isInteger(step) || step < 0) {
      throw new RangeError(`a step is an integer from 0, not ${step}`);
    }
    const batch = new Uint32Array(this.batchSize);
    let position = step * this.batchSize;
    for (let filled = 0; filled < batch.length; ) {
      const epoch = Math.floor(position / this.count);
      const start = position - epoch * this.count;
      const part = this.#order(epoch).subarray(start, start + batch.length - filled);
      batch.set(part, filled);
      filled += part.length;
      position += part.length;
    }
    return batch;
  }

  #order(epoch: number): Uint32Array {
    const known = this.#orders.get(epoch);
    if (known !== undefined) return known;
    const order = this.#random.split(epoch).permutation(this.count);
    for (const old of this.#orders.keys()) {
      if (old !== epoch - 1) this.#orders.delete(old);
    }
    this.#orders.set(epoch, order);
    return order;
  }
}

/** All examples once, in order, B at a time; the last batch is what is left. */
export function evaluationBatches(count: number, batchSize: number): Uint32Array[] {
  checkSize('count', count);
  checkSize('batch size', batchSize);
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, batch) => {
    const first = batch * batchSize;
    const length = Math.min(batchSize, count - first);
    return Uint32Array.from({ length }, (_, i) => first + i);
  });
}

function checkSize(what: string, size: number): void {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`the ${what} is an integer from 1, not ${size}`);
  }
}

/**
 * The pixels of some images, copied: [B, H, W, C].
 *
 * @throws RangeError where an index is not one of the dataset's
 */
export function gatherBytes(dataset: ImageDataset, indices: ArrayLike<number>): Uint8Array {
  const size = dataset.height * dataset.width * dataset.channels;
  const bytes = new Uint8Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const from = checkedIndex(dataset, indices[i]!) * size;
    bytes.set(dataset.images.subarray(from, from + size), i * size);
  }
  return bytes;
}

/**
 * The labels of some images, [B].
 *
 * @throws InputError where the dataset has none
 */
export function gatherLabels(dataset: ImageDataset, indices: ArrayLike<number>): Int32Array {
  const { labels } = dataset;
  if (labels === undefined) {
    throw new InputError(`${dataset.name} has images but no labels; give a labelled dataset`);
  }
  return Int32Array.from(indices, (index) => labels[checkedIndex(dataset, index)]!);
}
