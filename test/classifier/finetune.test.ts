import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClassifierConfig } from '../../classifier/config.js';
import { assignPretrained, readPretrained } from '../../classifier/finetune.js';
import { buildClassifier, type Task } from '../../classifier/model.js';
import { openClassifier } from '../../classifier/open.js';
import { classifierPlayer } from '../../classifier/player.js';
import { classifierPresets } from '../../classifier/presets.js';
import { InputError, UsageError } from '../../src/errors.js';
import { writeModelFile } from '../../src/formats/model-file.js';
import { saveCheckpoint } from '../../src/train/checkpoint.js';
import { RunFolder } from '../../src/train/run-folder.js';
import { readVariables } from '../../src/train/variables.js';
import { assignInitialWeights } from '../golden/formula.js';

const config: ClassifierConfig = {
  ...classifierPresets['digits-quick']!,
  model: { arch: 'mixer', patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 },
};
const task: Task = { imageShape: [8, 8, 1], classNames: ['a', 'b', 'c'] };

let folder: string;
let run: string;
let file: string;

beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'mixgan-finetune-'));
  run = join(folder, 'run');
  file = join(folder, 'model.safetensors');
  const { model, variables } = buildClassifier(config, task);
  assignInitialWeights(variables);
  await mkdir(run);
  const { checkpointPath, configPath } = new RunFolder(run);
  await writeFile(configPath, JSON.stringify(config));
  const stored = { ...config, task };
  const checkpoint = { kind: 'classifier', step: 7, config: stored } as const;
  await saveCheckpoint(checkpointPath, {
    ...checkpoint,
    variables: await readVariables(variables),
  });
  const { kind } = checkpoint;
  const metadata = {
    mixgan: '1',
    description: '',
    kind,
    step: '7',
    config: JSON.stringify(stored),
  };
  await writeModelFile(file, { model, inputs: ['image'], output: 'logits', metadata });
});
afterAll(() => rm(folder, { recursive: true }));

const starting = (
  checkpoint: string,
  newHead = false,
  changes: Partial<ClassifierConfig> = {},
) => ({
  ...config,
  ...changes,
  finetune: { checkpoint, newHead },
});

/** A classifier's weights after it started from a checkpoint, by name, and what it was told. */
async function start(from: ClassifierConfig, onto: Task) {
  const pretrained = (await readPretrained(from, onto))!;
  const player = classifierPlayer(from, onto);
  assignPretrained(pretrained, player);
  const values = Array.from(player.evaluated.variables, ([name, variable]) => [
    name.slice(name.indexOf('/') + 1),
    Array.from(variable.dataSync()),
  ]);
  return {
    weights: Object.fromEntries(values) as Record<string, number[]>,
    description: pretrained.description,
  };
}

async function storedWeights(): Promise<Record<string, number[]>> {
  const { variables } = await openClassifier(file);
  return Object.fromEntries(
    Array.from(variables, ([name, variable]) => [
      name.slice('model/'.length),
      Array.from(variable.dataSync()),
    ]),
  );
}

describe('fine-tuning', () => {
  it.each([
    ['a run', () => run],
    ['an exported file', () => file],
  ])('starts from all weights of %s where the classes are the same', async (_, path) => {
    const { weights, description } = await start(starting(path()), task);
    expect(weights).toEqual(await storedWeights());
    expect(description).toBe(
      `${Object.keys(weights).length} weights are those of ${path()} after 7 steps, none is new`,
    );
  });

  it('makes a new head, of zeros, where the classes are others', async () => {
    const onto = { ...task, classNames: ['a', 'b', 'c', 'd', 'e'] };
    const { weights, description } = await start(starting(file), onto);
    const { 'head/kernel': kernel, 'head/bias': bias, ...rest } = weights;
    expect(kernel).toEqual(new Array<number>(6 * 5).fill(0));
    expect(bias).toEqual(new Array<number>(5).fill(0));
    expect(rest).toEqual(
      expect.objectContaining({ 'stem/conv/kernel': (await storedWeights())['stem/conv/kernel'] }),
    );
    expect(description).toMatch(/ steps, new: head\/kernel, head\/bias \(other classes\)$/);
  });

  it('makes a new head where it is asked to, also for as many other classes', async () => {
    const asked = await start(starting(file, true), task);
    expect(asked.description).toMatch(/new: head\/kernel, head\/bias \(as asked\)$/);
    expect(asked.weights['head/kernel']!.every((value) => value === 0)).toBe(true);
    const renamed = await start(starting(file), { ...task, classNames: ['x', 'y', 'z'] });
    expect(renamed.weights['head/kernel']!.every((value) => value === 0)).toBe(true);
  });

  it('starts the averages there, too', async () => {
    const { weights } = await start(starting(file, false, { emaDecay: 0.9 }), task);
    expect(weights).toEqual(await storedWeights());
  });

  it('is nothing where nobody asks for it', async () => {
    expect(await readPretrained(config, task)).toBeUndefined();
  });

  it.each<[string, ClassifierConfig['model'], Task, RegExp]>([
    [
      'another architecture',
      { arch: 'cnn', channels: [3], features: 4 },
      task,
      /model\.safetensors is of another architecture than this training: mixer \{.*\}, not cnn \{/,
    ],
    [
      'another size',
      { ...config.model, channels: 8 } as ClassifierConfig['model'],
      task,
      /another architecture than this training: mixer .*"channels":6.*, not mixer .*"channels":8/,
    ],
    [
      'other images',
      config.model,
      { ...task, imageShape: [12, 12, 1] },
      /was trained on images of 8×8×1, and these are 12×12×1; fine-tuning needs the same size$/,
    ],
  ])('refuses a checkpoint of %s in one line', async (_, model, onto, message) => {
    const thrown = await readPretrained(starting(file, false, { model }), onto).catch((e) => e);
    expect(thrown).toBeInstanceOf(UsageError);
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as Error).message).not.toContain('\n');
  });

  it('takes the same architecture however it is written', async () => {
    const { numBlocks, ...sizes } = config.model as { numBlocks: number };
    const model = { numBlocks, ...sizes, arch: 'mixer' } as ClassifierConfig['model'];
    expect(await readPretrained(starting(file, false, { model }), task)).toBeDefined();
  });

  it('refuses what is no classifier', async () => {
    await expect(readPretrained(starting(join(folder, 'none')), task)).rejects.toThrow(InputError);
  });
});
