/**
 * The plain values that a model's layers have, such as a dropout's rate: a trace makes constants of
 * them.
 */

type Fields = Record<string, unknown>;

/** What TensorFlow.js can write down: layers, and their cells, activations and penalties. */
const isSerializable = (value: unknown): value is Fields =>
  typeof (value as { getClassName?: unknown } | null | undefined)?.getClassName === 'function';

const isPlain = (value: unknown): boolean =>
  ['number', 'string', 'boolean', 'function'].includes(typeof value);

/** Whether layers are trainable is seen by their variables. */
const seenOtherwise: ReadonlySet<string> = new Set(['trainable_', '_refCount']);

/** The plain values of layers, and of all that they are made of, as they are now. */
export class Settings {
  #list: readonly { readonly of: Fields; readonly name: string; readonly value: unknown }[];

  constructor(layers: readonly unknown[]) {
    const known = new Set<Fields>();
    const look = (value: unknown): void => {
      if (Array.isArray(value)) value.forEach(look);
      if (!isSerializable(value) || known.has(value)) return;
      known.add(value);
      Object.values(value).forEach(look);
    };
    look(layers);
    this.#list = [...known].flatMap((of) =>
      Object.entries(of)
        .filter(([name, value]) => isPlain(value) && !seenOtherwise.has(name))
        .map(([name, value]) => ({ of, name, value })),
    );
  }

  /** Whether all are as they were. */
  hold(): boolean {
    for (const { of, name, value } of this.#list) if (!Object.is(of[name], value)) return false;
    return true;
  }

  /** What has changed by now, it did by itself: that is no setting. */
  settle(): void {
    this.#list = this.#list.filter(({ of, name, value }) => Object.is(of[name], value));
  }
}
