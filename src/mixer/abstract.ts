/**
 * Models without weights: every variable has a shape but no memory behind it, so that the layers
 * of a model of any size can be listed and counted.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Initialisation, Initializer } from './initialisation.js';

const backendName = 'mixgan-abstract';

/** A backend that remembers nothing but how often each buffer is referred to. */
class AbstractBackend extends tf.KernelBackend {
  readonly #references = new Map<object, number>();
  override write(): tf.DataId {
    const id = {};
    this.#references.set(id, 1);
    return id;
  }
  override move(id: object): void {
    this.#references.set(id, 1);
  }
  override refCount(id: object): number {
    return this.#references.get(id) ?? 0;
  }
  override incRef(id: object): void {
    this.#references.set(id, this.refCount(id) + 1);
  }
  override disposeData(id: object, force = false): boolean {
    const left = this.refCount(id) - 1;
    if (left > 0 && !force) {
      this.#references.set(id, left);
      return false;
    }
    this.#references.delete(id);
    return true;
  }
  override numDataIds(): number {
    return this.#references.size;
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override dispose(): void {
    this.#references.clear();
  }
}

/** A kernel of the wanted shape that occupies no memory. */
function shapeOnly(): Initializer {
  const initializer = tfl.initializers.zeros();
  initializer.apply = (shape) =>
    tf
      .engine()
      .makeTensorFromDataId(
        tf.backend().write(null as never, [], 'float32'),
        [...shape] as number[],
        'float32',
      );
  return initializer;
}

const abstractInitialisation: Initialisation = {
  kernel: shapeOnly,
  scaledKernel: shapeOnly,
  normal: shapeOnly,
};

/**
 * Builds a model on the abstract backend, hands it to `use`, and disposes of it.
 *
 * @param build makes the model with the initialisation it is given
 * @param use reads names and shapes; the weights have no values
 */
export function withAbstractModel<M extends tfl.LayersModel, R>(
  build: (init: Initialisation) => M,
  use: (model: M) => R,
): R {
  // TensorFlow.js has no backend at first, and none again after one was removed.
  const previous = tf.engine().backendName as string | null | undefined;
  tf.registerBackend(backendName, () => new AbstractBackend(), 0);
  void tf.setBackend(backendName);
  try {
    const model = build(abstractInitialisation);
    try {
      return use(model);
    } finally {
      model.dispose();
    }
  } finally {
    tf.removeBackend(backendName);
    if (previous != null) void tf.setBackend(previous);
  }
}
