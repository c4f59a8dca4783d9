import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClassifier, resumeClassifier, trainClassifier } from '../../classifier/doors.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { InputError, OutputError, UsageError } from '../../src/errors.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { noisyDigits } from '../gan/tiny.js';

const data = { train: noisyDigits('train', 20), test: noisyDigits('test', 6) };
const config = {
  steps: 6,
  batchSize: 4,
  model: { patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 },
  evaluateEvery: 2,
};

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-doors-'));
  ({ engine } = await openEngine('cpu'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a script', () => {
  it('trains without a file, and uses what came of it', async () => {
    const before = await readdir('.');
    const steps: number[] = [];
    const result = await trainClassifier({
      ...{ data, engine, config },
      onStep: (step) => void steps.push(step),
    });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
    expect(result).toMatchObject({ outcome: 'finished', steps: 6 });
    const classifier = await openClassifier(result.checkpoint, { engine });
    expect(classifier.task.classNames).toEqual(data.train.classNames);
    const { accuracy } = await classifier.evaluate(data.test);
    expect(accuracy).toBe(result.metrics.testAccuracy);
    const best = await openClassifier(result.bestCheckpoint!, { engine });
    expect((await best.evaluate(data.test)).accuracy).toBe(result.best!.accuracy);
    const predictions = await classifier.predict(data.test.images);
    expect(predictions).toHaveLength(6);
    const right = predictions.filter(({ label }, i) => label === data.test.labels![i]).length;
    expect(right / 6).toBe(accuracy);
    expect(predictions[0]!.name).toBe(data.train.classNames[predictions[0]!.label]);
    expect(await readdir('.')).toEqual(before);
    for (const opened of [classifier, best]) await opened.dispose();
  });

  it('stops, goes on, and comes to what it would have', async () => {
    const [out, straight] = [join(folder, 'stopped'), join(folder, 'straight')];
    const stop = new AbortController();
    const first = await trainClassifier({
      ...{ data, engine, config, out, signal: stop.signal },
      onStep: (step) => void (step === 3 && stop.abort()),
    });
    expect(first).toMatchObject({ outcome: 'interrupted', steps: 3 });
    const second = await resumeClassifier(out, { data, engine });
    expect(second).toMatchObject({ outcome: 'finished', steps: 6 });
    const expected = await trainClassifier({ data, engine, config, out: straight });
    expect(second.checkpoint.variables).toEqual(expected.checkpoint.variables);
    expect(second.best).toEqual(expected.best);
    const { path: _, ...saved } = await loadCheckpoint(join(out, 'checkpoint/latest.safetensors'));
    expect(saved).toEqual(second.checkpoint);
    const { metrics, best, ...again } = await resumeClassifier(out, { data, engine });
    expect(again).toMatchObject({ outcome: 'finished', steps: 6 });
    expect({ metrics, best }).toEqual({ metrics: second.metrics, best: second.best });
    await expect(resumeClassifier(out, { data, engine, steps: 5 })).rejects.toThrow(
      `${out} has already taken 6 of its 5 steps`,
    );
    expect(await resumeClassifier(out, { data, engine, steps: 7 })).toMatchObject({ steps: 7 });
  });

  it('exports, and opens what it exported', async () => {
    const out = join(folder, 'exported');
    await trainClassifier({ data, engine, config, out });
    const classifier = await openClassifier(out, { engine, best: true });
    const file = join(folder, 'model.safetensors');
    expect(await classifier.export({ format: 'safetensors', out: file })).toEqual([file]);
    const again = await openClassifier(file, { engine });
    expect(classifier.testAccuracy).toBeGreaterThanOrEqual(0);
    expect(again.testAccuracy).toBe(classifier.testAccuracy);
    expect(await again.predict(data.test.images)).toEqual(
      await classifier.predict(data.test.images),
    );
    await classifier.export({ format: 'onnx', out: join(folder, 'model.onnx') });
    const unknown = classifier.export({ format: 'pt' as 'onnx', out: join(folder, 'model.pt') });
    await expect(unknown).rejects.toThrow('there are onnx, tfjs, safetensors, npz');
  });

  it('is told what is wrong before anything is written', async () => {
    const out = join(folder, 'never');
    await expect(trainClassifier({ data, engine, out, preset: 'none' })).rejects.toThrow(
      UsageError,
    );
    const model = { ...config.model, patch: 3 };
    await expect(
      trainClassifier({ data, engine, out, config: { ...config, model } }),
    ).rejects.toThrow(UsageError);
    const bare = { ...data.train, labels: undefined };
    await expect(
      trainClassifier({ data: { ...data, train: bare }, engine, out, config }),
    ).rejects.toThrow(InputError);
    expect(await readdir(folder)).not.toContain('never');
    await expect(
      trainClassifier({ data, engine, out: join(folder, 'straight'), config }),
    ).rejects.toThrow(OutputError);
    const { checkpoint } = await trainClassifier({ data, engine, config });
    await expect(openClassifier({ ...checkpoint, kind: 'gan' }, { engine })).rejects.toThrow(
      'the trained gan is no classifier',
    );
  });
});
