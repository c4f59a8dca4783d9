/** The programs that a step was compiled to. */
import type { Standing } from './trace/conditions.js';

/** A step keeps so many of the programs that it was compiled to, those that were used last. */
const mostPrograms = 16;

/** A program that is kept for the inputs that it was compiled for. */
export interface Kept {
  /** Whether it still is what the step does. */
  readonly standing: () => Standing;
}

/** Programs by the signatures of their inputs; the one that was used last is at the end. */
export class Programs<Program extends Kept> {
  #list: readonly { readonly signature: string; readonly program: Program }[] = [];

  /** One for such inputs that is still what the step does. */
  find(signature: string): Program | undefined {
    const fits = (known: { readonly signature: string; readonly program: Program }): boolean =>
      known.signature === signature && known.program.standing() === 'holds';
    const last = this.#list.at(-1);
    if (last !== undefined && fits(last)) return last.program;
    const found = this.#list.find(fits);
    if (found === undefined) return undefined;
    this.#list = [...this.#list.filter((other) => other !== found), found];
    return found.program;
  }

  add(signature: string, program: Program): void {
    this.#list = [...this.#list, { signature, program }];
  }

  /** Takes out what will not be used again, and what is too much if one more is to come. */
  takeOld(): Program[] {
    const isGone = this.#list.map(({ program }) => program.standing() === 'gone');
    const there = this.#list.filter((_, i) => !isGone[i]);
    const kept = new Set(there.slice(-(mostPrograms - 1)));
    return this.#take((one) => !kept.has(one));
  }

  takeAll(): Program[] {
    return this.#take(() => true);
  }

  #take(old: (one: { readonly signature: string; readonly program: Program }) => boolean) {
    const taken = this.#list.filter(old);
    this.#list = this.#list.filter((one) => !taken.includes(one));
    return taken.map(({ program }) => program);
  }
}
