/** What is kept between a step's calls because it is made of variables alone. */
import type { ConstantValues } from './graph/graph.js';
import type { RunPlan } from './plan.js';
import type { DeviceValues, Values } from './runtime/runtime.js';
import { tensorOf } from './state/cell.js';
import type { StateStore } from './state/store.js';
import { Watch } from './state/watch.js';

/** What is to be prepared again. */
export interface Stale<Held> {
  /** In the order of the inputs of the plan's graph that prepares. */
  readonly inputs: Values<Held>;
  /** @param values in the order of its outputs */
  keep(values: Values<Held>): void;
}

export class Prepared<Held extends DeviceValues = never> {
  /** In the order of the outputs of the plan's graph that prepares. */
  values: Values<Held> = [];
  readonly #watch: Watch | undefined;

  constructor(
    { prepare, state }: RunPlan,
    readonly store: StateStore<ConstantValues | Held>,
  ) {
    const variables = prepare?.inputs.map(({ port }) => {
      if (port.kind !== 'state') throw new Error(`a step prepares no ${port.kind}`);
      return state[port.index]!;
    });
    this.#watch = variables && new Watch(variables, store);
  }

  /**
   * Undefined where all that is kept is as it was.
   * @throws CompileError when a variable was disposed of
   */
  stale(): Stale<Held> | undefined {
    const done = this.#watch?.change();
    if (done === undefined) return undefined;
    return {
      inputs: this.#watch!.state.map((holder) => this.store.read(tensorOf(holder))),
      keep: (values) => {
        this.release();
        this.values = values;
        done();
      },
    };
  }

  /** Frees what a device holds of what is kept. */
  release(): void {
    for (const values of this.values) if ('dispose' in values) values.dispose();
    this.values = [];
  }
}
