/**
 * What a training will take, told before it begins: what cannot be is refused, what takes long is
 * said.
 */
import { availableParallelism, totalmem } from 'node:os';
import { elementCount } from '../arrays.js';
import type { ImageDataset } from '../data/dataset.js';
import type { EngineName } from '../engine/engine.js';
import { UsageError } from '../errors.js';
import type { ModelSummary } from '../mixer/summary.js';
import { grouped } from '../text.js';
import type { LoopResult } from '../train/loop.js';
import type { FamilyConfig, Training } from './family.js';

/** Floating-point operations a second, of one core where there are several: a fast machine's. */
const rates: Readonly<Record<EngineName, number>> = {
  'tensorflow-gpu': 1e13,
  cuda: 1e13,
  webgpu: 1e12,
  onnx: 5e10 * availableParallelism(),
  tensorflow: 5e10 * availableParallelism(),
  wasm: 5e9 * availableParallelism(),
  cpu: 2e8,
};

/** A pass forward, and one backward for the inputs and one for the weights of every layer. */
const passesOfGradient = 3;
/** Steps that take this many seconds or more are worth a word. */
const longStep = 60;

/** Bytes that this process can have: the machine's, or its container's. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}

/**
 * Builds the models without weights.
 *
 * @returns lines for the user, of what is possible and hardly meant
 * @throws UsageError where the models do not fit the images, or no machine like this one holds them
 */
export function requireFeasible<C extends FamilyConfig>(
  { input, summarise, copies, batches }: Training<C, LoopResult>,
  config: C,
  images: ImageDataset,
): (engine: EngineName) => string[] {
  const summary = summarise(config, input(config, images));
  const { parameters, flops } = summary;
  const limit = memoryLimit();
  const weights = 4 * copies(config) * parameters;
  const ofImage = bytesOfImage(summary);
  if (weights > limit) {
    throw new UsageError(
      `a model of ${grouped(parameters)} parameters takes ${gibibytes(weights)} to train, more than this machine has; make it smaller`,
    );
  }
  if (weights + ofImage > limit) {
    throw new UsageError(
      `one image alone takes ${gibibytes(ofImage)} on its way through this model, more than this machine has; make it smaller`,
    );
  }
  if (batches === undefined) return () => [];
  const batch = batches(config);
  return (engine) => {
    const lines: string[] = [];
    // What went forward is kept for the way back, where its gradients come to stand beside it.
    const bytes = weights + 2 * batch.images * ofImage;
    if (bytes > limit) {
      lines.push(
        `a step may take ${gibibytes(bytes)}, and this machine has ${gibibytes(limit)}: ${grouped(batch.images)} images at a time; a smaller batchSize or model takes less`,
      );
    }
    const work = passesOfGradient * flops * batch.images * batch.passes;
    const seconds = work / rates[engine];
    if (seconds >= longStep) {
      lines.push(
        `a step will take ${duration(seconds)} or more: ${grouped(batch.passes)} × ${grouped(batch.images)} images; Ctrl-C waits for its end, a second Ctrl-C for that of a batch${process.platform === 'win32' ? '' : ', Ctrl-\\ for nothing'}`,
      );
    }
    return lines;
  };
}

/** What all layers give for one image, in float32. */
const bytesOfImage = ({ layers }: ModelSummary): number =>
  layers.reduce((sum, { outputShape }) => sum + 4 * elementCount(outputShape.slice(1)), 0);

const gibibytes = (bytes: number): string => {
  const value = bytes / 2 ** 30;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} GiB`;
};

function duration(seconds: number): string {
  const [amount, unit] = seconds < 7200 ? [seconds / 60, 'minutes'] : [seconds / 3600, 'hours'];
  return `${grouped(Math.round(amount))} ${amount < 1.5 ? unit.slice(0, -1) : unit}`;
}
