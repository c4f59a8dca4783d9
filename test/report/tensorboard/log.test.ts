import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OutputError } from '../../../src/errors.js';
import { TensorBoardLog } from '../../../src/report/tensorboard/log.js';
import { type ReadEvent, readEvents } from '../../support/tensorboard.js';

let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'mixgan-tensorboard-')), 'run', 'tensorboard');
});

afterEach(() => rm(join(folder, '..', '..'), { recursive: true, force: true }));

/** A clock that is a second later each time. */
function clock(start: number): () => Date {
  let seconds = start;
  return () => new Date(1000 * seconds++);
}

async function files(): Promise<ReadEvent[][]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => readEvents(await readFile(join(folder, name)))));
}

const picture = { width: 1, height: 1, channels: 1, pixels: Uint8Array.of(7) } as const;

function model(): tfl.LayersModel {
  const x = tfl.input({ shape: [2], name: 'x' });
  return tfl.model({
    inputs: x,
    outputs: tfl.layers.dense({ units: 1, name: 'head' }).apply(x) as tfl.SymbolicTensor,
  });
}

it('writes metrics under the parts that they belong to, pictures and models', async () => {
  const log = await TensorBoardLog.open(folder, 0, clock(100));
  log.models({ generator: model() });
  log.metrics({ step: 5, seconds: 1.5, 'generator.loss': 0.5, 'evaluation.frechet': 12 });
  log.picture('fakes', 5, picture);
  const [[version, graph, metrics, fakes], ...others] = (await files()) as [ReadEvent[]];
  expect(others).toEqual([]);
  expect(version).toMatchObject({ version: 'brain.Event:2', wallTime: 101 });
  expect(graph!.nodes.map(({ name }) => name)).toEqual(['generator/x', 'generator/head']);
  expect(metrics).toMatchObject({
    step: 5,
    wallTime: 103,
    scalars: { 'run/seconds': 1.5, 'generator/loss': 0.5, 'evaluation/frechet': 12 },
  });
  expect(fakes).toMatchObject({ step: 5, images: [{ tag: 'fakes', width: 1 }] });
});

it('goes on in a file that follows the others and revokes what came after the checkpoint', async () => {
  const first = await TensorBoardLog.open(folder, 0, clock(100));
  first.models({ a: model() });
  const second = await TensorBoardLog.open(folder, 40, clock(200));
  second.models({ a: model() });
  second.metrics({ step: 41, seconds: 2 });
  const [before, after] = await files();
  expect(before!.map(({ isRestart }) => isRestart)).toEqual([undefined, undefined]);
  expect(after).toHaveLength(3);
  expect(after![1]).toMatchObject({ isRestart: true, step: 41 });
  expect(after![2]!.scalars).toEqual({ 'run/seconds': 2 });
});

it('goes on in the last file, though the clock went back', async () => {
  await TensorBoardLog.open(folder, 0, clock(1_700_000_000));
  await TensorBoardLog.open(folder, 40, clock(1_600_000_000));
  const log = await TensorBoardLog.open(folder, 50, clock(1_500_000_000));
  log.metrics({ step: 51, seconds: 2 });
  const all = await files();
  expect(all.map((events) => events[1]?.step)).toEqual([undefined, 41, 51]);
});

it('shows the models of a resumed run that was not watched before', async () => {
  const log = await TensorBoardLog.open(folder, 40, clock(100));
  log.models({ a: model() });
  const [[, graph]] = (await files()) as [ReadEvent[]];
  expect(graph!.isRestart).toBeUndefined();
  expect(graph!.nodes).toHaveLength(2);
});

it('says what it cannot write', async () => {
  const log = await TensorBoardLog.open(folder, 0);
  await rm(folder, { recursive: true });
  expect(() => log.metrics({ step: 1, seconds: 0 })).toThrow(OutputError);
  await writeFile(folder, 'in the way');
  await expect(TensorBoardLog.open(folder, 0)).rejects.toThrow(OutputError);
});
