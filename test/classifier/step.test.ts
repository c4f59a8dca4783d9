import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClassifierConfig } from '../../classifier/config.js';
import { classifierPlayer } from '../../classifier/player.js';
import {
  type ClassifierStepOptions,
  classifierStep,
  classifierUpdate,
  crossEntropy,
} from '../../classifier/step.js';
import { float32, type HostTensor, type StepTensors, scalar } from '../../src/compile/step.js';
import { RandomStream } from '../../src/random.js';
import { emaDecayAt } from '../../src/train/ema.js';
import { compileUpdate } from '../../src/train/update.js';
import type { NamedVariables } from '../../src/train/variables.js';
import { cpuEngine } from '../support/compiled.js';
import { tinyClassifier, tinySgd, tinyTask } from './tiny.js';

beforeAll(() => tf.setBackend('cpu'));

const random = RandomStream.fromSeed(1);

/** Examples `from` … `to` − 1 of one endless set. */
function examples(from: number, to: number) {
  const pixels: number[] = [];
  const targets: number[] = [];
  for (let i = from; i < to; i++) {
    const stream = random.split(i);
    pixels.push(...stream.normals(64));
    const share = stream.uniform();
    // Every third is a mixture, as mixup makes them.
    targets.push(...(i % 3 === 0 ? [share, 1 - share, 0] : [i % 2, 1 - (i % 2), 0]));
  }
  return {
    images: tf.tensor(pixels, [to - from, 8, 8, 1]),
    targets: tf.tensor(targets, [to - from, 3]),
  };
}

function learn(options: ClassifierStepOptions = {}, changes: Partial<ClassifierConfig> = {}) {
  const player = classifierPlayer({ ...tinyClassifier, ...changes }, tinyTask);
  return { player, update: classifierStep(player, options) };
}

const rate = (value = 0.1) => ({ learningRate: tf.scalar(value) });
const numberOf = (tensor: tf.Tensor | undefined): number => tensor!.dataSync()[0]!;
const valuesOf = (variables: NamedVariables): Map<string, number[]> =>
  new Map(Array.from(variables, ([name, value]) => [name, Array.from(value.dataSync())]));

function expectSameVariables(actual: NamedVariables, expected: NamedVariables): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  const wanted = valuesOf(expected);
  for (const [name, values] of valuesOf(actual)) {
    values.forEach((value, i) => {
      expect(value, `${name}[${i}]`).toBeCloseTo(wanted.get(name)![i]!, 5);
    });
  }
}

describe('crossEntropy', () => {
  const logits = () => tf.tensor2d([1, 2, 3, 0.5, -1, 0], [2, 3]);

  it('weighs classes, of mixtures too', () => {
    const targets = tf.tensor2d([0.25, 0.75, 0, 0, 0, 1], [2, 3]);
    const weights = [2, 1, 0.5];
    const log = tf.logSoftmax(logits()).arraySync() as number[][];
    const total = -(2 * 0.25 * log[0]![0]! + 0.75 * log[0]![1]! + 0.5 * log[1]![2]!);
    expect(numberOf(crossEntropy(logits(), targets, weights))).toBeCloseTo(
      total / (2 * 0.25 + 0.75 + 0.5),
      6,
    );
  });

  it('is the plain mean where all weights are the same', () => {
    const targets = tf.tensor2d([0.25, 0.75, 0, 0, 0, 1], [2, 3]);
    const plain = numberOf(crossEntropy(logits(), targets));
    expect(numberOf(crossEntropy(logits(), targets, [3, 3, 3]))).toBeCloseTo(plain, 6);
  });
});

describe('accumulation', () => {
  const host = (tensors: StepTensors): Record<string, HostTensor> =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, x]) => [name, float32(x.shape, x.dataSync<'float32'>())]),
    );

  it.each([
    ['all classes alike', undefined],
    ['weighted classes', [0.5, 2, 1]],
  ])('three batches of 4 make the update of one of 12, with %s', async (_, classWeights) => {
    const options = { classWeights, clipNorm: 0.5 };
    const whole = learn(options);
    const { player } = learn();
    const update = compileUpdate(cpuEngine(), classifierUpdate(player, options), 3);
    // Twice: the second update must not remember the batches of the first.
    for (const first of [0, 12]) {
      const expected = whole.update({ ...examples(first, first + 12), ...rate() });
      const actual = await update((i) => host(examples(first + 4 * i, first + 4 * i + 4)), {
        learningRate: scalar(0.1),
      });
      expect(Object.keys(actual)).toEqual(Object.keys(expected));
      expect(actual.loss!.values[0]).toBeCloseTo(numberOf(expected.loss), 5);
      expect(actual.gradientNorm!.values[0]).toBeCloseTo(numberOf(expected.gradientNorm), 5);
      expectSameVariables(player.state, whole.player.state);
    }
  });

  it('leaves the weights alone until the update', () => {
    const { player } = learn();
    const before = valuesOf(player.state);
    classifierUpdate(player).gradient(examples(0, 4));
    expect(valuesOf(player.state)).toEqual(before);
  });
});

describe('clipping', () => {
  const plain = { ...tinySgd, momentum: 0, weightDecay: 0 };
  /** How far the weights went in one update, and what it reported. */
  function step(clipNorm: number) {
    const { player, update } = learn({ clipNorm }, { optimiser: plain });
    const before = [...valuesOf(player.variables).values()].flat();
    const { gradientNorm } = update({ ...examples(0, 6), ...rate(1) });
    const after = [...valuesOf(player.variables).values()].flat();
    return {
      norm: numberOf(gradientNorm),
      moves: after.map((value, i) => value - before[i]!),
    };
  }
  const lengthOf = (moves: number[]) => Math.hypot(...moves);

  it('shortens a gradient that is longer than the limit, in its direction', () => {
    const free = step(0);
    expect(free.norm).toBeGreaterThan(0.1);
    expect(lengthOf(free.moves)).toBeCloseTo(free.norm, 4);
    const { norm, moves } = step(0.05);
    expect(norm).toBe(free.norm);
    expect(lengthOf(moves)).toBeCloseTo(0.05, 5);
    moves.forEach((move, i) => {
      expect(move).toBeCloseTo((free.moves[i]! * 0.05) / free.norm, 5);
    });
  });

  it('leaves a shorter one as it is', () => {
    expect(step(100)).toEqual(step(0));
  });
});

describe('the moving average', () => {
  it('follows the weights', () => {
    const { player, update } = learn({}, { emaDecay: 0.9 });
    const [weights, averages] = [player.variables, player.average!.variables];
    expect([...averages.keys()].every((name) => name.startsWith('average/'))).toBe(true);
    let expected = [...valuesOf(weights).values()].flat();
    expect([...valuesOf(averages).values()].flat()).toEqual(expected);
    for (let i = 0; i < 3; i++) {
      const decay = emaDecayAt(i, 0.9);
      update({ ...examples(6 * i, 6 * i + 6), ...rate(), emaDecay: tf.scalar(decay) });
      const now = [...valuesOf(weights).values()].flat();
      expected = expected.map((average, k) => decay * average + (1 - decay) * now[k]!);
    }
    [...valuesOf(averages).values()].flat().forEach((average, k) => {
      expect(average).toBeCloseTo(expected[k]!, 5);
    });
    expect(player.evaluated).toBe(player.average);
  });

  it('copies running statistics, which are averages already', () => {
    const { player, update } = learn(
      {},
      { emaDecay: 0.9, model: { arch: 'resnet', channels: [3], blocksPerStage: 1 } },
    );
    update({ ...examples(0, 4), ...rate(), emaDecay: tf.scalar(0.9) });
    const { variables, trainables } = player;
    const averages = [...valuesOf(player.average!.variables).values()];
    const statistics = [...variables.keys()].filter((name) => !trainables.has(name));
    expect(statistics.length).toBeGreaterThan(0);
    [...valuesOf(variables)].forEach(([name, values], i) => {
      if (statistics.includes(name)) expect(averages[i], name).toEqual(values);
    });
    // They have moved from where they began: means of 0 and variances of 1.
    const means = [...valuesOf(variables)].find(([name]) => name.endsWith('moving_mean'))!;
    expect(means[1].some((value) => value !== 0)).toBe(true);
  });

  it('is not there where nobody asks for it', () => {
    const { player } = learn();
    expect(player.average).toBeUndefined();
    expect(player.evaluated).toBe(player);
    expect([...player.state.keys()].some((name) => name.startsWith('average/'))).toBe(false);
  });
});
