/** Pictures that the visitor keeps, with what drew them; the browser remembers them for each run. */
import { Store } from '../../state/store.js';

/** What draws a picture. */
export interface Point {
  /** [Z] */
  readonly latent: Float32Array;
  /** [K], of a conditional generator. */
  readonly label?: Float32Array | undefined;
}

export interface Find extends Point {
  readonly id: number;
  /** `seed 17` */
  readonly name: string;
}

/** More would fill the browser's memory for a page. */
export const mostFinds = 60;

export class Finds extends Store<readonly Find[]> {
  readonly #key: string;

  /** @param latentDim of those to be remembered; others are of another model, and left out */
  constructor(run: string, latentDim: number, numClasses: number) {
    const key = `finds ${run}`;
    super(remembered(key, latentDim, numClasses));
    this.#key = key;
  }

  add(point: Point, name: string): void {
    const id = 1 + Math.max(0, ...this.value.map((find) => find.id));
    this.#keep([...this.value, { ...point, id, name }].slice(-mostFinds));
  }

  remove(id: number): void {
    this.#keep(this.value.filter((find) => find.id !== id));
  }

  #keep(finds: readonly Find[]): void {
    this.set(finds);
    const stored = finds.map(({ latent, label, ...find }) => ({
      ...find,
      latent: [...latent],
      ...(label && { label: [...label] }),
    }));
    try {
      localStorage.setItem(this.#key, JSON.stringify(stored));
    } catch {
      // Browsers may refuse a page its memory; the finds last as long as the page.
    }
  }
}

function remembered(key: string, latentDim: number, numClasses: number): Find[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    if (!Array.isArray(stored)) return [];
    return stored.slice(0, mostFinds).map((value, i) => ({
      ...pointOf(value, latentDim, numClasses),
      id: i + 1,
      name: String(Object(value).name),
    }));
  } catch {
    return [];
  }
}

/**
 * A point as JSON has it.
 * @throws Error in a line for the visitor, where it is none of this generator
 */
export function pointOf(value: unknown, latentDim: number, numClasses: number): Point {
  const { latent, label } = Object(value) as Record<string, unknown>;
  if (!isNumbers(latent)) throw new Error('there is no list of numbers called latent in it');
  if (latent.length !== latentDim) {
    throw new Error(
      `its latent has ${latent.length} numbers, and this generator takes ${latentDim}`,
    );
  }
  if (numClasses === 0) return { latent: Float32Array.from(latent) };
  if (!isNumbers(label) || label.length !== numClasses) {
    throw new Error(`it has no label of ${numClasses} numbers, which this generator takes`);
  }
  return { latent: Float32Array.from(latent), label: Float32Array.from(label) };
}

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((number) => Number.isFinite(number));
