import type { LayersModel } from '@tensorflow/tfjs-layers';
import { argMax } from '../src/arrays.js';
import { evaluationBatches, gatherBytes, gatherLabels } from '../src/data/batches.js';
import type { ImageDataset } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import { InputError } from '../src/errors.js';
import { createInference } from '../src/inference.js';
import type { Task } from './model.js';
import { predictionStep } from './step.js';

/** Images that are copied at a time. */
const chunkSize = 200;

/** From N images [N, H, W, C], row after row, to probabilities [N, K]. */
export type Predictor = (images: Uint8Array) => Promise<Float32Array>;

/** @param model of images whose pixels are in 0 … 255 */
export function createPredictor(engine: Engine, model: LayersModel): Predictor {
  const look = createInference(engine, predictionStep(model), {
    inputs: { images: model.inputs[0]!.shape.slice(1) as number[] },
    outputs: { probabilities: model.outputs[0]!.shape.at(-1)! },
  });
  return async (images) => (await look({ images })).probabilities;
}

export interface ClassAccuracy {
  readonly name: string;
  /** Examples of this class. */
  readonly count: number;
  readonly correct: number;
  /** Share of this class's examples that were recognised, 0 … 1 (recall). */
  readonly accuracy: number;
}

export interface Evaluation {
  /** Share of all examples that were recognised, 0 … 1. */
  readonly accuracy: number;
  readonly count: number;
  readonly correct: number;
  /** Mean of −log p(true class), in nats. */
  readonly crossEntropy: number;
  readonly perClass: readonly ClassAccuracy[];
  /** [K][K]: `confusion[t][p]` examples of class t were taken for class p. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Runs a classifier over a labelled dataset.
 * @throws InputError when the dataset has no labels
 */
export async function evaluateClassifier(
  predict: Predictor,
  dataset: ImageDataset,
): Promise<Evaluation> {
  const { classNames, count } = dataset;
  const confusion = classNames.map(() => classNames.map(() => 0));
  let totalLoss = 0;
  for (const indices of evaluationBatches(count, chunkSize)) {
    const probabilities = await predict(gatherBytes(dataset, indices));
    const labels = gatherLabels(dataset, indices);
    labels.forEach((label, i) => {
      const row = probabilities.subarray(i * classNames.length, (i + 1) * classNames.length);
      confusion[label]![argMax(row)]! += 1;
      totalLoss -= Math.log(Math.max(row[label]!, Number.MIN_VALUE));
    });
  }
  return evaluationOf(classNames, confusion, totalLoss);
}

/**
 * @param confusion [K][K], examples by class and by what they were taken for
 * @param totalLoss the sum of −log p(true class) over all examples
 */
export function evaluationOf(
  classNames: readonly string[],
  confusion: readonly (readonly number[])[],
  totalLoss: number,
): Evaluation {
  const perClass = classNames.map((name, k) => {
    const examples = confusion[k]!.reduce((a, b) => a + b, 0);
    const correct = confusion[k]![k]!;
    return { name, count: examples, correct, accuracy: examples === 0 ? 0 : correct / examples };
  });
  const count = perClass.reduce((sum, row) => sum + row.count, 0);
  const correct = perClass.reduce((sum, row) => sum + row.correct, 0);
  return {
    accuracy: correct / count,
    count,
    correct,
    crossEntropy: totalLoss / count,
    perClass,
    confusion,
  };
}

/**
 * @param path of the classifier, for messages
 * @throws InputError when images are of another size than a classifier knows, or of other classes
 */
export function requireKnown(
  { name, height, width, channels, classNames }: ImageDataset,
  task: Task,
  path: string,
): void {
  const shape = [height, width, channels];
  if (shape.join() !== task.imageShape.join()) {
    throw new InputError(
      `${name} has images of ${shape.join('×')} in ${classNames.length} classes, but ${path} was trained on ${task.imageShape.join('×')} in ${task.classNames.length}`,
    );
  }
  if (classNames.join('\n') !== task.classNames.join('\n')) {
    throw new InputError(
      `${name} has the classes ${brief(classNames)}, but ${path} was trained on ${brief(task.classNames)}`,
    );
  }
}

/** More names than this would make no line of text. */
const mostNames = 20;

const brief = (names: readonly string[]): string =>
  names.length <= mostNames
    ? names.join(', ')
    : `${names.slice(0, mostNames).join(', ')} … (${names.length})`;
