import { float32, type HostTensor, scalar } from '../compile/step.js';

/** What `gradientStep` gives: `gradient` [P] and reports, means over a batch, and its `weight`. */
export type GradientOutputs = Readonly<Record<string, HostTensor>> & {
  readonly gradient: HostTensor;
  readonly weight: HostTensor;
};

/**
 * Adds up the gradients of several batches, Σ w · g in float32, so that an update sees the mean over
 * all of them. Sums of several machines add up in the same way, each with the weight that it took in.
 */
export class GradientSum {
  #weight = 0;
  readonly #sums = new Map<string, { shape: readonly number[]; values: Float32Array }>();

  add({ weight, ...means }: GradientOutputs): void {
    const w = weight.values[0]!;
    this.#weight = Math.fround(this.#weight + w);
    for (const [name, { shape, values }] of Object.entries(means)) {
      const sum = this.#sums.get(name)?.values ?? new Float32Array(values.length);
      // An assignment to a Float32Array rounds; the product is rounded before the sum.
      for (let i = 0; i < sum.length; i++) sum[i]! += Math.fround(values[i]! * w);
      this.#sums.set(name, { shape, values: sum });
    }
  }

  /** The weighted means of what came in, and the weight of it all. */
  mean(): GradientOutputs {
    const means = Array.from(this.#sums, ([name, { shape, values }]) => {
      const mean = values.map((value) => value / this.#weight);
      return [name, float32(shape, mean)] as const;
    });
    return { ...Object.fromEntries(means), weight: scalar(this.#weight) } as GradientOutputs;
  }
}
