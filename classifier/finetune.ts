/**
 * First weights from another training: everything but the head, and the head too where the classes
 * are the same.
 */
import type { HostTensor } from '../src/compile/step.js';
import { UsageError } from '../src/errors.js';
import type { Player } from '../src/train/player.js';
import { assignVariables } from '../src/train/variables.js';
import { evaluatedWeights, storedTask } from './checkpoint.js';
import type { ClassifierConfig } from './config.js';
import type { Task } from './model.js';
import { readClassifier } from './open.js';

/** Every architecture's last layer. */
const headPrefix = 'head/';

/** Weights to start from, known to fit. */
export interface Pretrained {
  readonly path: string;
  /** By the names of a model's variables without their prefix, as `head/bias`. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** What the weights are, in a line for people. */
  readonly description: string;
}

/**
 * Reads the weights that a configuration asks to start from.
 *
 * @param task what is to be learnt
 * @returns undefined where it asks for none
 * @throws InputError when the checkpoint is missing, damaged or no classifier; UsageError when it is
 *   of another architecture or another size of images
 */
export async function readPretrained(
  { finetune, model }: ClassifierConfig,
  task: Task,
): Promise<Pretrained | undefined> {
  if (finetune === undefined) return undefined;
  const path = finetune.checkpoint;
  const { stored, config } = await readClassifier(path);
  const [found, wanted] = [describeModel(config.model), describeModel(model)];
  if (found !== wanted) {
    throw new UsageError(
      `${path} is of another architecture than this training: ${found}, not ${wanted}`,
    );
  }
  const storedFor = storedTask(stored);
  const [size, wantedSize] = [storedFor, task].map(({ imageShape }) => imageShape.join('×'));
  if (size !== wantedSize) {
    throw new UsageError(
      `${path} was trained on images of ${size}, and these are ${wantedSize}; fine-tuning needs the same size`,
    );
  }
  const sameClasses = storedFor.classNames.join('\n') === task.classNames.join('\n');
  const all = [...evaluatedWeights(stored)];
  const isNew = (name: string): boolean =>
    name.startsWith(headPrefix) && (!sameClasses || finetune.newHead);
  const taken = all.filter(([name]) => !isNew(name));
  const left = all.map(([name]) => name).filter(isNew);
  const why = sameClasses ? 'as asked' : 'other classes';
  const rest = left.length === 0 ? 'none is new' : `new: ${left.join(', ')} (${why})`;
  return {
    path,
    weights: new Map(taken),
    description: `${taken.length} weights are those of ${path} after ${stored.step} steps, ${rest}`,
  };
}

/**
 * Gives a classifier its first weights.
 * @throws InputError when the weights are not those of the model
 */
export function assignPretrained({ path, weights }: Pretrained, player: Player): void {
  const named = Array.from(player.variables, ([name, variable]) => {
    return [name.slice(name.indexOf('/') + 1), variable] as const;
  });
  assignVariables(
    { path, variables: weights },
    new Map(named.filter(([name]) => weights.has(name) || !name.startsWith(headPrefix))),
  );
  player.startAverage();
}

/** The same text for the same architecture. */
function describeModel({ arch = 'mixer', ...sizes }: ClassifierConfig['model']): string {
  const keys = Object.entries(sizes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${arch} ${JSON.stringify(Object.fromEntries(keys))}`;
}
