/**
 * Many trainings of one kind, each a job of its own: an array job of Slurm, an indexed one of Kubernetes.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../../config/parse.js';
import { InputError, UsageError } from '../../errors.js';
import type { Family } from '../../family/family.js';
import { isThere, readJson } from '../../files.js';
import { enumerated, table } from '../../text.js';
import type { Definition } from '../definition.js';
import { computeFlags, divided, jsonFlag, valuesOf } from '../options.js';
import { print } from '../output.js';

const value = z.json();

const sweepSchema = z.strictObject({
  /** What is trained, as after `mixgan train`. */
  train: z.string(),
  preset: z.string().exactOptional(),
  /** Folder of all runs. */
  out: z.string().min(1),
  /** Keys of the configuration that are the same in all. */
  set: z.record(z.string(), value).default({}),
  /** Keys, each with the values that it takes: every combination is a training. */
  vary: z.record(z.string(), z.array(value).min(1)).refine((keys) => Object.keys(keys).length > 0, {
    error: 'give at least one key with its values',
  }),
});

type Sweep = z.output<typeof sweepSchema>;

export interface Point {
  readonly index: number;
  /** Of its folder. */
  readonly name: string;
  readonly keys: Readonly<Record<string, z.output<typeof value>>>;
}

/** More are hardly meant. */
const mostPoints = 100_000;

/** Every combination; the last key changes first. @throws UsageError where there are too many */
export function pointsOf(vary: Sweep['vary']): readonly Point[] {
  const count = Object.values(vary).reduce((product, values) => product * values.length, 1);
  if (count > mostPoints) throw new UsageError(`${count} trainings are more than ${mostPoints}`);
  const digits = String(count - 1).length;
  return Array.from({ length: count }, (_, index) => {
    let rest = index;
    const keys = Object.entries(vary)
      .toReversed()
      .map(([key, values]) => {
        const picked = values[rest % values.length]!;
        rest = Math.floor(rest / values.length);
        return [key, picked] as const;
      })
      .toReversed();
    const words = keys.map(([key, picked]) => `${key.split('.').at(-1)}=${wordOf(picked)}`);
    const name = [String(index).padStart(digits, '0'), ...words].join('-').slice(0, longestName);
    return { index, name, keys: Object.fromEntries(keys) };
  });
}

/** File systems allow 255 bytes. */
const longestName = 120;

const wordOf = (picked: unknown): string =>
  (typeof picked === 'string' ? picked : JSON.stringify(picked)).replace(/[^\w.+]+/g, '_');

const flags = {
  index: z.int().min(0).exactOptional().describe('which of them to train, from 0'),
  list: z.boolean().exactOptional().describe('show all of them and stop'),
  minutes: z.number().gt(0).max(1e6).exactOptional().meta({
    description: 'stop, saved and resumable, after so many minutes',
    flag: 'M',
  }),
  ...computeFlags,
  ...jsonFlag,
};

/** `mixgan sweep FILE --index I` */
export const sweepDefinition = (families: readonly Family[]): Definition => ({
  args: [['<file>', 'JSON: what is trained, and which keys take which values']],
  flags,
  notes: `
The file:

  { "train": "gan", "preset": "mnist-quick", "out": "runs/sweep", "set": { "steps": 500 },
    "vary": { "optimiser.generatorRate": [0.001, 0.002], "seed": [0, 1, 2] } }

Each combination of values is a training with a folder of its own in "out". One that was begun goes on,
as a job does that is queued again. The table of all: mixgan report runs/sweep/*`,
  act: async ([file], given) => {
    const path = file as string;
    const { index, list } = valuesOf(z.object(flags), given);
    const remedy = 'give a JSON file as mixgan sweep --help shows it';
    const sweep = parseConfig(sweepSchema, await readJson(path, remedy), path, InputError);
    const family = families.find(({ kind }) => kind === sweep.train);
    if (family === undefined) {
      const known = enumerated(families.map(({ kind }) => kind));
      throw new InputError(`${path}: train is ${sweep.train}; there are ${known}`);
    }
    const points = pointsOf(sweep.vary);
    if (list === true) {
      const names = Object.keys(sweep.vary);
      const rows = points.map((point) => [
        point.index,
        ...names.map((key) => wordOf(point.keys[key])),
      ]);
      print(given.json, { document: points, text: () => table(['index', ...names], rows) });
      return;
    }
    if (index === undefined) {
      throw new UsageError(`give --index, 0 to ${points.length - 1}, or --list to see them`);
    }
    const point = points[index];
    if (point === undefined) {
      throw new UsageError(
        `--index ${index}: ${path} has ${points.length} trainings, 0 to ${points.length - 1}`,
      );
    }
    const out = join(sweep.out, point.name);
    const { trainDefinition } = await import('./train.js');
    const { act } = await trainDefinition(family);
    const [, others] = divided(given, { index: flags.index, list: flags.list });
    if (await isThere(join(out, 'config.json'))) return act([], { ...others, resume: out });
    const keys = Object.entries({ ...sweep.set, ...point.keys });
    const set = keys.map(([key, picked]) => `${key}=${JSON.stringify(picked)}`);
    await act([], { ...others, ...(sweep.preset && { preset: sweep.preset }), set, out });
  },
});
