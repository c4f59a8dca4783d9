/**
 * Stock models at native speed: `accelerate(model)`.
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import type { AtOnceOptions } from '../at-once.js';
import { checkDrawOptions } from '../compiled.js';
import { drawSeed } from '../random/seed.js';
import { nodeRuntime } from '../runtime/node/runtime.js';
import { batchFunction, fitLoop, predictLoop, testLoop } from './loops.js';
import { type ModelParts, partsOf, sequentialParts } from './parts.js';
import { CompiledSource } from './steps.js';

export interface AccelerateOptions {
  /** Threads to compute on; all there are when absent. */
  readonly threads?: number | undefined;
  /**
   * Of the random numbers that layers draw, such as dropout's masks: a whole number, 0 … 2⁵³ − 1; when
   * absent, one is drawn.
   */
  readonly seed?: number | undefined;
}

type Options = Omit<AtOnceOptions, 'firstCall'>;

/** Functions of one model number their calls from here on each, so that none draws what another does. */
const callsOfOne = 2 ** 48;

/** What brings a model back to what it was, by model. */
const restorers = new WeakMap<object, () => void>();

/**
 * Makes a model's `fit`, `fitDataset`, `trainOnBatch`, `evaluate`, `evaluateDataset`, `predict` and
 * `predictOnBatch` run compiled from now on, with the loops, callbacks, logs and errors that
 * TensorFlow.js has for them. It is compiled when a batch of a new shape comes along, and again when
 * the model is compiled or built anew.
 *
 * Nothing else of the model changes: weights are read and set, and it is saved and disposed of, as
 * ever.
 *
 * @returns the same model
 * @throws CompileError when it is no `tf.LayersModel`; and the methods throw it for a model that
 *   cannot be compiled, with the name of what it is that cannot
 */
export function accelerate<Model extends tfl.LayersModel>(
  model: Model,
  { threads, seed = drawSeed() }: AccelerateOptions = {},
): Model {
  checkDrawOptions({ seed });
  nodeRuntime({ threads });
  restore(model);
  const options = { threads, seed };
  restorers.set(model, sequential(model, options) ?? install(partsOf(model), options));
  return model;
}

/** Makes an accelerated model a stock one again, and frees what it was compiled to. */
export function restore<Model extends tfl.LayersModel>(model: Model): Model {
  restorers.get(model)?.();
  restorers.delete(model);
  return model;
}

/** Sets methods of the object itself, in front of those of its class. */
function override<T extends object>(object: T, methods: Partial<T>): () => void {
  const before = Object.keys(methods).map(
    (name) => [name, Object.getOwnPropertyDescriptor(object, name)] as const,
  );
  Object.assign(object, methods);
  return () => {
    for (const [name, descriptor] of before) {
      delete (object as Record<string, unknown>)[name];
      if (descriptor !== undefined) Object.defineProperty(object, name, descriptor);
    }
  };
}

function install(model: ModelParts, options: Options): () => void {
  const { makeTrainFunction, makeTestFunction, fitLoop: fit, testLoop: test } = model;
  const { predictLoop: predict, dispose } = model;
  const { layers } = model;
  const train = new CompiledSource(
    {
      layers,
      make: () => makeTrainFunction.call(model),
      madeOf: () => [
        ...[model.optimizer_, model.lossFunctions, model.metricsTensors],
        ...[model.collectedTrainableWeights, model.outputs],
      ],
    },
    { ...options, firstCall: 0 },
  );
  const evaluation = new CompiledSource(
    {
      layers,
      make() {
        const { testFunction } = model;
        makeTestFunction.call(model);
        const made = model.testFunction;
        model.testFunction = testFunction;
        return made;
      },
      madeOf: () => [model.lossFunctions, model.metricsTensors, model.outputs],
    },
    { ...options, firstCall: callsOfOne },
  );
  const prediction = new CompiledSource(
    {
      layers,
      make: () => (batch) => {
        const outputs = predict.call(model, batch, batch[0]!.shape[0]!);
        return Array.isArray(outputs) ? outputs : [outputs];
      },
      madeOf: () => [model.outputs],
    },
    { ...options, firstCall: 2 * callsOfOne },
  );
  const sources = [train, evaluation, prediction];
  const giveBack = override(model, {
    makeTrainFunction() {
      return batchFunction(train);
    },
    makeTestFunction() {
      model.testFunction = batchFunction(evaluation);
    },
    fitLoop: fitLoop(fit),
    testLoop: testLoop(test),
    predictLoop(...args) {
      return predictLoop(predict, prediction).apply(model, args);
    },
    dispose() {
      for (const source of sources) source.dispose();
      return dispose.call(model);
    },
  });
  return () => {
    giveBack();
    for (const source of sources) source.dispose();
  };
}

function sequential(model: object, options: Options): (() => void) | undefined {
  const outer = sequentialParts(model);
  if (outer === undefined) return undefined;
  let inner: (() => void) | undefined;
  const follow = (): void => {
    inner?.();
    inner = outer.model ? install(partsOf(outer.model), options) : undefined;
  };
  const { build, dispose } = outer;
  const giveBack = override(outer, {
    build(shape) {
      build.call(outer, shape);
      follow();
    },
    dispose() {
      inner?.();
      inner = undefined;
      return dispose.call(outer);
    },
  });
  follow();
  return () => {
    giveBack();
    inner?.();
  };
}
