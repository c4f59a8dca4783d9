/**
 * Methods of models that train or measure by themselves. They read values, and go on when the step has
 * returned: none of them can be a part of it.
 */
import { createRequire } from 'node:module';
import { calledFrom } from './caller.js';

const methods = ['fit', 'fitDataset', 'trainOnBatch', 'evaluate', 'evaluateDataset'] as const;

type Prototype = Partial<Record<(typeof methods)[number], unknown>>;

/**
 * Refuses those methods until the returned function is called.
 * @param fail makes the error to throw, and remembers it
 */
export function refuseTraining(fail: (message: string) => Error): () => void {
  const patched = prototypes().flatMap((prototype) =>
    methods
      .filter((name) => Object.hasOwn(prototype, name))
      .map((name) => ({ prototype, name, stock: prototype[name] })),
  );
  for (const { prototype, name } of patched) {
    prototype[name] = () => {
      throw fail(
        `a step calls model.${name}, which is no part of a step: call it outside, on an accelerated model, or optimizer.minimize here${calledFrom()}`,
      );
    };
  }
  return () => {
    for (const { prototype, name, stock } of patched) prototype[name] = stock;
  };
}

/** Of the model classes of every copy of TensorFlow.js that was loaded; none has to be. */
function prototypes(): Prototype[] {
  const { cache } = createRequire(import.meta.url);
  const found = new Set<Prototype>();
  for (const path of Object.keys(cache)) {
    if (!/[\\/]tf[^\\/]*\.c?js$/.test(path)) continue;
    const { LayersModel, Sequential } = cache[path]!.exports as Partial<
      Record<string, { readonly prototype?: Prototype }>
    >;
    for (const type of [LayersModel, Sequential]) {
      if (type?.prototype !== undefined) found.add(type.prototype);
    }
  }
  return [...found];
}
