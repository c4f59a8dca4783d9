/**
 * What no step can call: methods of models that train or measure by themselves, and compiled steps. They
 * read values, and go on when the step has returned.
 */
import { createRequire } from 'node:module';
import { calledFrom } from './caller.js';

const methods = ['fit', 'fitDataset', 'trainOnBatch', 'evaluate', 'evaluateDataset'] as const;

let failure: ((message: string) => Error) | undefined;

/** @throws what the step under way is refused with, if one is traced, which calls a compiled step */
export function assertOutsideOfSteps(): void {
  if (failure === undefined) return;
  throw failure(
    `a step calls a compiled step, which is no part of it: call the function that was compiled${calledFrom()}`,
  );
}

type Prototype = Partial<Record<(typeof methods)[number], unknown>>;

/**
 * Refuses those methods, and compiled steps, until the returned function is called.
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
  const before = failure;
  failure = fail;
  return () => {
    failure = before;
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
