/** What is kept between a step's calls because it is made of variables alone. */
import type { ConstantValues } from './graph/graph.js';
import type { RunPlan } from './plan.js';
import type { Values } from './runtime/runtime.js';
import { tensorOf } from './state/cell.js';
import type { StateStore } from './state/store.js';

/** What is to be prepared again. */
export interface Stale {
  /** In the order of the inputs of the plan's graph that prepares. */
  readonly inputs: Values;
  /** @param values in the order of its outputs */
  keep(values: Values): void;
}

export class Prepared {
  #values: Values = [];
  #stamps: readonly object[] | undefined;
  readonly #places: readonly number[];

  constructor(
    readonly plan: RunPlan,
    readonly store: StateStore<ConstantValues>,
  ) {
    this.#places = (plan.prepare?.inputs ?? []).map(({ port }) => {
      if (port.kind !== 'state') throw new Error(`a step prepares no ${port.kind}`);
      return port.index;
    });
  }

  get values(): Values {
    return this.#values;
  }

  /**
   * Undefined where all that is kept is as it was.
   * @throws CompileError when a variable was disposed of
   */
  stale(): Stale | undefined {
    const { store } = this;
    const variables = this.#places.map((place) => tensorOf(this.plan.state[place]!));
    const stamps = variables.map((variable) => store.stamp(variable));
    const known = this.#stamps;
    if (variables.length === 0) return undefined;
    if (known !== undefined && stamps.every((stamp, i) => stamp === known[i])) return undefined;
    return {
      inputs: variables.map((variable) => store.read(variable)),
      keep: (values) => {
        this.#values = values;
        this.#stamps = stamps;
      },
    };
  }
}
