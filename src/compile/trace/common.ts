/**
 * What the traces of one step have in common. They build in one builder, and what is the same to all
 * of them is one value there: then two traces did the same exactly when their results are the same
 * values.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { Builder } from '../graph/builder.js';
import type { DType, Value } from '../graph/graph.js';
import type { Shape } from '../graph/shapes.js';
import type { Supply } from '../supply.js';

export class CommonValues {
  readonly build = new Builder();
  readonly #inputs = new Map<string, Value>();
  readonly #variables = new Map<tf.Variable, Value>();

  /** An input of the step. */
  input(name: string, dtype: DType, shape: Shape): Value {
    return this.#input(`input ${dtype}[${shape}] ${name}`, dtype, shape);
  }

  /** What a variable stands for when the step begins. */
  variable(variable: tf.Variable): Value {
    let value = this.#variables.get(variable);
    if (value === undefined) {
      value = this.build.input(variable.dtype as DType, variable.shape);
      this.#variables.set(variable, value);
    }
    return value;
  }

  /** @param index the how manieth of the tensors that the step kept, in the order of first reading */
  kept(index: number, { dtype, shape }: tf.TensorInfo): Value {
    return this.#input(`kept ${dtype}[${shape}] ${index}`, dtype as DType, shape);
  }

  /** @param index the how manieth of the supplies that read alike */
  supply({ what, dtype, shape }: Supply, index: number): Value {
    return this.#input(`supply ${dtype}[${shape}] ${index} ${what}`, dtype, shape);
  }

  #input(key: string, dtype: DType, shape: Shape): Value {
    let value = this.#inputs.get(key);
    if (value === undefined) {
      value = this.build.input(dtype, shape);
      this.#inputs.set(key, value);
    }
    return value;
  }
}
