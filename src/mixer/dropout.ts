/**
 * Dropout (Srivastava et al. 2014) and stochastic depth (Huang et al. 2016,
 * https://arxiv.org/abs/1603.09382) without random operations: a step draws nothing, so the masks
 * come in with its inputs, by the names of the layers that they are for.
 *
 * Axes: B batch.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { elementCount } from '../arrays.js';
import type { RandomStream } from '../random.js';

/** Masks by the name of their layer. */
export type Masks = Readonly<Record<string, tf.Tensor>>;

let current: Masks = {};

/** What `run` returns, with masks for the dropout layers of the models that it applies. */
export function withMasks<T>(masks: Masks, run: () => T): T {
  const outer = current;
  current = masks;
  try {
    return run();
  } finally {
    current = outer;
  }
}

export interface DropoutArgs {
  readonly name: string;
  /** Chance p of a value to be dropped, 0 … 1; asked for whenever it is needed. */
  readonly rate: () => number;
  /** Shape of a mask, null for the axes that are as long as the input's; the whole input by default. */
  readonly noiseShape?: readonly (number | null)[];
}

/**
 * In training x ⊙ mask, otherwise x. A mask is 0 where it drops and 1 / (1 − p) elsewhere, so that
 * the expectation stays. Saved as the stock layer, which draws masks of its own.
 */
export class Dropout extends tfl.layers.Layer {
  static readonly className = 'Dropout';

  readonly noiseShape: readonly (number | null)[] | undefined;
  readonly #rate: () => number;

  constructor({ name, rate, noiseShape }: DropoutArgs) {
    super({ name });
    this.#rate = rate;
    this.noiseShape = noiseShape;
    this.supportsMasking = true;
  }

  get rate(): number {
    return this.#rate();
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  /** @throws Error in training when there is no mask for this layer */
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (kwargs.training !== true || this.rate === 0) return x;
    const mask = current[this.name];
    if (mask === undefined) {
      throw new Error(`${this.name} drops values in training, and there is no mask for it`);
    }
    return tf.mul(x, mask);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      rate: this.rate,
      noiseShape: this.noiseShape === undefined ? null : [...this.noiseShape],
      seed: null,
    };
  }
}

/** A mask as a host array. */
export interface Mask {
  readonly layer: string;
  /** [B, …] */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The masks that a training step of `model` needs, drawn from `random`. */
export function drawMasks(
  model: tfl.LayersModel,
  batchSize: number,
  random: RandomStream,
): readonly Mask[] {
  return model.layers.flatMap((layer) => {
    if (!(layer instanceof Dropout) || layer.rate === 0) return [];
    const { name, rate, noiseShape } = layer;
    const input = (layer.input as tfl.SymbolicTensor).shape;
    const shape = input.map((length, i) => noiseShape?.[i] ?? length ?? batchSize);
    const stream = random.split(name);
    const values = new Float32Array(elementCount(shape));
    const kept = 1 / (1 - rate);
    for (let i = 0; i < values.length; i++) values[i] = stream.uniform() < rate ? 0 : kept;
    return [{ layer: name, shape, values }];
  });
}

/**
 * The dropout of one model: builders hand it their branches and hidden values by name. One serves
 * one model, because a branch's rate follows from how many blocks the model has.
 */
export class Drops {
  readonly #stochasticDepth: number;
  readonly #dropout: number;
  readonly #blocks: string[] = [];
  #dropsValues = false;

  /**
   * @param options.stochasticDepth chance of the last block's branches to be dropped for an example,
   *   0 … 1; it grows linearly from 0 at the first block
   * @param options.dropout chance of an MLP's value to be dropped, 0 … 1
   */
  constructor(options: { readonly stochasticDepth: number; readonly dropout: number }) {
    this.#stochasticDepth = options.stochasticDepth;
    this.#dropout = options.dropout;
  }

  /** Whether the model handed over a branch, where branches are to be dropped. */
  get dropsBranches(): boolean {
    return this.#blocks.length > 0;
  }

  /** Whether the model handed over hidden values, where values are to be dropped. */
  get dropsValues(): boolean {
    return this.#dropsValues;
  }

  /**
   * A residual branch that is dropped as a whole for some examples.
   * @param name `BLOCK/BRANCH`
   */
  branch(x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor {
    if (this.#stochasticDepth === 0) return x;
    const block = name.slice(0, name.lastIndexOf('/'));
    if (!this.#blocks.includes(block)) this.#blocks.push(block);
    const index = this.#blocks.indexOf(block);
    const layer = new Dropout({
      name: `${name}/drop_path`,
      rate: () => this.#rateOf(index),
      noiseShape: [null, ...x.shape.slice(1).map(() => 1)],
    });
    return layer.apply(x) as tfl.SymbolicTensor;
  }

  /** r · i / (L − 1) at block i of L; a block that is alone is the last one. */
  #rateOf(index: number): number {
    const last = this.#blocks.length - 1;
    return last === 0 ? this.#stochasticDepth : (this.#stochasticDepth * index) / last;
  }

  /** Hidden values of which some are dropped. */
  values(x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor {
    if (this.#dropout === 0) return x;
    this.#dropsValues = true;
    const layer = new Dropout({ name: `${name}/dropout`, rate: () => this.#dropout });
    return layer.apply(x) as tfl.SymbolicTensor;
  }
}
