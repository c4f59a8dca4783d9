/**
 * A program in the making: operations are drawn one after the other, and run as they come, so that the
 * next one knows the shapes and types that there are.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../src/compile/step.js';
import type { RandomStream } from '../../src/random.js';
import type { Given, Statement } from './program.js';
import { valuesFor } from './values.js';

/** A tensor that operations may use. Prints as its name. */
export interface Known {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  readonly rank: number;
  /** The givens that it depends on, and can be differentiated by if it can at all. */
  readonly by: ReadonlySet<string>;
  /** Whether TensorFlow.js has the gradients of all that it was made with. */
  readonly differentiable: boolean;
  toString(): string;
}

/** An operation that a program may do. */
export interface Operation {
  readonly name: string;
  /** Whether TensorFlow.js has its gradient. */
  readonly differentiable: boolean;
  /** An expression of operands that the draft has; `undefined` where it has none that would do. */
  draw(draft: Draft): string | undefined;
}

/** Tensors are no larger than this: the `cpu` backend is slow. */
const largest = 300;

export class Draft {
  readonly givens: Given[] = [];
  readonly statements: Statement[] = [];
  readonly #known: Known[] = [];
  readonly #tensors = new Map<string, tf.Tensor>();
  /** What many tensors have as their first axis. */
  readonly batch: number;

  constructor(readonly random: RandomStream) {
    this.batch = [1, 2, 3, 4, 4, 6, 8][random.integer(7)]!;
    const count = 1 + random.integer(3);
    for (let i = 0; i < count; i++) this.fresh(this.shape(), i === 0 ? 'float32' : undefined);
  }

  chance(share: number): boolean {
    return this.random.uniform() < share;
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.random.integer(high - low + 1);
  }

  one<T>(list: readonly T[]): T {
    return list[this.random.integer(list.length)]!;
  }

  /** A shape as tensors of training steps have: rows of a batch, mostly. */
  shape(rank = this.one([0, 1, 1, 2, 2, 2, 3, 3, 4])): number[] {
    const shape = Array.from({ length: rank }, () => this.between(1, 5));
    if (rank > 1 && this.chance(0.7)) shape[0] = this.batch;
    return shape;
  }

  /** A new tensor from outside. */
  fresh(shape: readonly number[], dtype?: 'float32' | 'int32', calm = false): Known {
    const type = dtype ?? (this.chance(0.12) ? 'int32' : 'float32');
    const name = `x${this.givens.length}`;
    const tensor: HostTensor = valuesFor(this.random, shape, type, calm);
    this.givens.push({ name, tensor });
    const by = new Set(type === 'float32' ? [name] : []);
    return this.#add(name, tf.tensor(tensor.values.slice(), [...shape], type), by, true);
  }

  /** One of the tensors that are like that; later ones rather than early ones. */
  pick(fits: (known: Known) => boolean): Known | undefined {
    const list = this.#known.filter(fits);
    if (list.length === 0) return undefined;
    const recent = list.slice(-4);
    return this.one(this.chance(0.6) ? recent : list);
  }

  /** A float32 tensor. */
  float(least = 0, most = 5): Known {
    const fits = ({ dtype, rank }: Known) => dtype === 'float32' && rank >= least && rank <= most;
    return (
      this.pick(fits) ?? this.fresh(this.shape(this.between(least, Math.min(most, 4))), 'float32')
    );
  }

  /** A float32 tensor without NaN, infinities and huge numbers. */
  calm(least = 0, most = 5): Known {
    return (
      this.pick((known) => known.rank >= least && known.rank <= most && this.isCalm(known)) ??
      this.like([this.batch, 2], 'float32')
    );
  }

  isCalm({ name, dtype }: Known): boolean {
    return dtype === 'float32' && !isWild(this.#tensors.get(name)!);
  }

  int(least = 0, most = 5): Known {
    const fits = ({ dtype, rank }: Known) => dtype === 'int32' && rank >= least && rank <= most;
    return (
      this.pick(fits) ?? this.fresh(this.shape(this.between(least, Math.min(most, 3))), 'int32')
    );
  }

  bool(): Known | undefined {
    return this.pick(({ dtype }) => dtype === 'bool');
  }

  /** A float32 tensor of just that shape, which may be new. */
  like(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): Known {
    const same = (known: Known) => known.dtype === dtype && known.shape.join() === shape.join();
    return (this.chance(0.7) ? this.pick(same) : undefined) ?? this.fresh(shape, dtype);
  }

  /** A tensor of the type that broadcasts with another one. */
  beside(other: Known): Known {
    const type = other.dtype;
    const fits = (known: Known) => known.dtype === type && broadcasts(known.shape, other.shape);
    const found = this.chance(0.8) ? this.pick(fits) : undefined;
    if (found !== undefined) return found;
    if (type === 'bool') return other;
    const shape = other.shape.map((length) => (this.chance(0.25) ? 1 : length));
    return this.fresh(shape.slice(this.between(0, shape.length)), type as 'float32' | 'int32');
  }

  /** Adds a statement, if it can be run. */
  add({ name: op, differentiable, draw }: Operation): boolean {
    const code = draw(this);
    if (code === undefined) return false;
    const operands = this.#known.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(code));
    let result: tf.Tensor;
    try {
      const names = operands.map(({ name }) => name);
      const run = new Function('tf', ...names, `return ${code};`);
      result = run(tf, ...names.map((name) => this.#tensors.get(name))) as tf.Tensor;
    } catch {
      return false;
    }
    if (result.size > largest || result.size === 0 || result.rank > 5) return false;
    if (!this.#isWelcome(result)) return false;
    // From truths and integers, too, gradients are asked for on the way back to what they came from.
    const by = new Set(operands.flatMap((operand) => [...operand.by]));
    const all = operands.every((operand) => operand.differentiable);
    const has = by.size === 0 || (differentiable && all);
    const name = `v${this.statements.length}`;
    this.statements.push({ name, op, code });
    this.#add(name, result, by, has);
    return true;
  }

  /** NaN, infinities and huge numbers spread: most of them are not let in. */
  #isWelcome(result: tf.Tensor): boolean {
    return result.dtype !== 'float32' || !isWild(result) || this.chance(0.12);
  }

  get known(): readonly Known[] {
    return this.#known;
  }

  #add(name: string, tensor: tf.Tensor, by: ReadonlySet<string>, differentiable: boolean): Known {
    const { shape, dtype, rank } = tensor;
    const known: Known = { name, shape, dtype, rank, by, differentiable, toString: () => name };
    this.#known.push(known);
    this.#tensors.set(name, tensor);
    return known;
  }
}

const isWild = (tensor: tf.Tensor): boolean =>
  tensor.dataSync<'float32'>().some((value) => !(Math.abs(value) < 1e18));

function broadcasts(a: readonly number[], b: readonly number[]): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const missing = long.length - short.length;
  return short.every(
    (length, i) => length === 1 || long[missing + i] === 1 || long[missing + i] === length,
  );
}
