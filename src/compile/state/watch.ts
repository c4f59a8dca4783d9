import { type State, tensorOf } from './cell.js';
import type { StateStore } from './store.js';

/** Tells whether variables have changed since what depends on them was made. */
export class Watch {
  #stamps: readonly object[] | undefined;

  constructor(
    readonly state: readonly State[],
    readonly store: Pick<StateStore<never>, 'stamp'>,
  ) {}

  /**
   * Undefined where they are as they were, otherwise what is to be called when all is made anew.
   * @throws CompileError when a variable was disposed of
   */
  change(): (() => void) | undefined {
    const stamps = this.state.map((holder) => this.store.stamp(tensorOf(holder)));
    const known = this.#stamps;
    if (known !== undefined && stamps.every((stamp, i) => stamp === known[i])) return undefined;
    return () => {
      this.#stamps = stamps;
    };
  }
}
