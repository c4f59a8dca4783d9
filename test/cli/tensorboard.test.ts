/**
 * `mixgan train … --tensorboard`
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mixgan, succeeding } from '../support/cli.js';
import { type ReadEvent, readEvents } from '../support/tensorboard.js';
import { idxImages, set, tinyClassifier, tinyGan, writeIdxFolder } from './runs.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-tensorboard-'));
  await writeIdxFolder(join(folder, 'digits'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => succeeding(mixgan(args, { cwd: folder }));

/** The events of each file, the files in the order of their names. */
async function eventsOf(name: string): Promise<ReadEvent[][]> {
  const path = join(folder, name, 'tensorboard');
  const files = (await readdir(path)).sort();
  return Promise.all(files.map(async (file) => readEvents(await readFile(join(path, file)))));
}

/** The numbers of `metrics.jsonl` as tags would have them, in float32. */
async function loggedScalars(name: string): Promise<[step: number, Record<string, number>][]> {
  const lines = (await readFile(join(folder, name, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const { step, ...values } = JSON.parse(line) as Record<string, number>;
    const tagged = Object.entries(values).map(([key, value]) => [
      key.includes('.') ? key.replace('.', '/') : `run/${key}`,
      Math.fround(value),
    ]);
    return [step!, Object.fromEntries(tagged)];
  });
}

const scalars = (events: ReadEvent[]) =>
  events
    .filter((event) => Object.keys(event.scalars).length > 0)
    .map((event) => [event.step, event.scalars]);

it('shows the numbers, pictures and models of a GAN, and goes on when it is resumed', async () => {
  const flags = ['--data=digits', '--steps=3', '--out=gan', ...set({ pictureEvery: 2 })];
  await run('train', 'gan', ...tinyGan, ...flags, '--tensorboard');
  await run('train', 'gan', '--engine=cpu', '--resume=gan', '--steps=4');
  const [first, second, ...others] = await eventsOf('gan');
  expect(others).toEqual([]);
  expect(second![1]).toMatchObject({ isRestart: true, step: 4 });
  expect(scalars([...first!, ...second!])).toEqual(await loggedScalars('gan'));

  const images = [...first!, ...second!].flatMap(({ step, images }) =>
    images.map(({ tag, png }) => ({ tag, step, png })),
  );
  expect(images.map(({ tag, step }) => `${tag} ${step}`)).toEqual([
    'reals 0',
    'fakes 0',
    'fakes 2',
    'fakes 3',
    'fakes 4',
  ]);
  for (const { tag, step, png } of images) {
    const file = tag === 'reals' ? 'reals.png' : `fakes-00000${step}.png`;
    expect(png.equals(await readFile(join(folder, 'gan', file)))).toBe(true);
  }

  const graphs = [...first!, ...second!].filter(({ nodes }) => nodes.length > 0);
  expect(graphs).toHaveLength(1);
  const players = graphs[0]!.nodes.map(({ name }) => name.split('/')[0]);
  expect([...new Set(players)]).toEqual(['generator', 'discriminator']);
});

it('shows the numbers, first images and model of a classifier', async () => {
  const flags = ['--data=digits', '--steps=2', '--out=classifier', '--tensorboard'];
  await run('train', 'classifier', ...tinyClassifier, ...flags);
  const [events] = (await eventsOf('classifier')) as [ReadEvent[]];
  expect(scalars(events)).toEqual(await loggedScalars('classifier'));
  const images = events.flatMap(({ images }) => images);
  // Eight images of 8×8 in three columns, with lines of 2 between and around them.
  expect(images).toEqual([
    { tag: 'training images', width: 32, height: 32, channels: 1, png: expect.any(Buffer) },
  ]);
  const { nodes } = events.find((event) => event.nodes.length > 0)!;
  expect(nodes.at(-1)).toMatchObject({ name: 'classifier/head', shapes: [[-1, 10]] });
});

it('does without pictures of images that have other than 1 or 3 channels, and says so', async () => {
  await writeIdxFolder(join(folder, 'two'), idxImages({ channels: 2 }));
  const flags = ['--data=two', '--steps=1', '--out=pale', '--tensorboard'];
  const { stderr } = await run('train', 'classifier', ...tinyClassifier, ...flags);
  expect(stderr).toContain('images of 2 channels cannot be shown as pictures\n');
  const [events] = (await eventsOf('pale')) as [ReadEvent[]];
  expect(events.flatMap(({ images }) => images)).toEqual([]);
  expect(scalars(events)).toEqual(await loggedScalars('pale'));
});
