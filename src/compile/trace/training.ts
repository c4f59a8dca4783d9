/**
 * What no step can call: methods of models that train or measure by themselves, and compiled steps. They
 * read values, and go on when the step has returned.
 */
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

/** The model classes of a copy of TensorFlow.js, where it has any. */
type Library = Partial<Record<'LayersModel' | 'Sequential', { readonly prototype?: Prototype }>>;

let libraries: () => Iterable<Library> = () => [];

/** Says where the copies of TensorFlow.js are found that were loaded; none has to be. */
export function lookForModels(find: () => Iterable<Library>): void {
  libraries = find;
}

/** Of the model classes of every copy of TensorFlow.js. */
function prototypes(): Prototype[] {
  const types = Array.from(libraries(), ({ LayersModel, Sequential }) => [LayersModel, Sequential]);
  const found = types.flat().flatMap((type) => type?.prototype ?? []);
  return [...new Set(found)];
}
