/**
 * The pool of old translations (Shrivastava et al. 2016, https://arxiv.org/abs/1612.07828, as CycleGAN
 * has it): a discriminator that also sees what the generator did some steps ago does not follow it in
 * circles.
 *
 * It lies outside of the compiled step: images go in and come out as values. What it holds is a
 * variable all the same, so that a checkpoint has it and a run goes on exactly.
 *
 * A second pool that draws from the same stream exchanges what belongs to the images of the first, as their
 * labels.
 *
 * Axes: P the pool's size, B batch.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomStream } from '../src/random.js';

export class HistoryPool {
  /** [P, …]; of those that are not filled yet, 0. Absent where P is 0. */
  readonly variable: tf.Variable | undefined;
  readonly #shape: readonly number[];
  readonly #size: number;
  readonly #random: RandomStream;
  /** The variable's values here, once they are needed: they may have come from a checkpoint. */
  #held: Float32Array | undefined;

  /**
   * @param size P
   * @param shape of one image: [H, W, C]
   * @param random names the draws; nothing is drawn from this stream itself
   */
  constructor(size: number, shape: readonly number[], random: RandomStream) {
    this.#size = size;
    this.#shape = shape;
    this.#random = random;
    if (size > 0) this.variable = tf.variable(tf.zeros([size, ...shape]), false);
  }

  /**
   * Takes in the translations of a step. The first P go in and come back. Of the others each comes back
   * with an even chance, and otherwise takes the place of an old one, which comes back instead.
   *
   * @param images [B, …]
   * @param step from 0; every step is asked for once, in order
   * @returns [B, …]
   */
  async exchange(images: Float32Array, step: number): Promise<Float32Array> {
    if (this.variable === undefined) return images;
    this.#held ??= Float32Array.from(await this.variable.data<'float32'>());
    const held = this.#held;
    const length = this.#shape.reduce((product, side) => product * side);
    const batch = images.length / length;
    const random = this.#random.split(step);
    const returned = images.slice();
    for (let i = 0; i < batch; i++) {
      const image = images.subarray(i * length, (i + 1) * length);
      const seen = step * batch + i;
      if (seen < this.#size) {
        held.set(image, seen * length);
        continue;
      }
      if (random.uniform() < 0.5) continue;
      const place = random.integer(this.#size) * length;
      returned.set(held.subarray(place, place + length), i * length);
      held.set(image, place);
    }
    // A backend may keep the very array that it is given.
    const tensor = tf.tensor(held.slice(), [this.#size, ...this.#shape]);
    this.variable.assign(tensor);
    tensor.dispose();
    return returned;
  }

  dispose(): void {
    this.variable?.dispose();
  }
}
