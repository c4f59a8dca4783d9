/**
 * Runs that are killed, that meet a full disk, that go on for very many steps:
 * `npm run soak -- --minutes 20`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/random.js';
import { grouped } from '../../src/text.js';
import { idxImages, idxLabels, writeIdxFolder } from '../cli/runs.js';
import { fillDisks } from './full-disk.js';
import { killRuns } from './kills.js';
import { type Lane, lanes } from './lanes.js';
import { manySteps } from './steps.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '200' },
    steps: { type: 'string', default: '100000' },
  },
});
const number = (name: keyof typeof values): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  process.stderr.write(`--${name} is a whole number from 1, not ${values[name]}\n`);
  process.exit(2);
};
const [minutes, seed, kills, steps] = [
  number('minutes'),
  number('seed'),
  number('kills'),
  number('steps'),
];

/** `npm run soak` builds it before. */
const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

interface Row {
  readonly what: string;
  readonly done: string;
  readonly defects: readonly string[];
}

const end = performance.now() + minutes * 60_000;
const isOver = (): boolean => performance.now() > end;
const random = RandomStream.fromSeed(seed);
const cwd = await mkdtemp(join(tmpdir(), 'mixgan-soak-'));
const rows: Row[] = [];
const add = (row: Row): void => {
  rows.push(row);
  process.stderr.write(`${row.what}: ${row.done}\n`);
};

try {
  await writeIdxFolder(join(cwd, 'digits'), idxImages({ count: 64 }), idxLabels(64));
  const all = lanes('digits');

  const disks = await fillDisks(all, program, join(cwd, 'digits'), random.split('disks'));
  add({
    what: 'full disk',
    done:
      disks === undefined
        ? 'skipped: only root on Linux can mount a small disk'
        : `${disks.runs} runs, ${disks.stopped} stopped by it, all gone on with`,
    defects: disks?.defects ?? [],
  });

  for (const kind of ['classifier', 'gan'] as const) {
    // A GAN's step takes several times as long.
    const wanted = kind === 'gan' ? Math.ceil(steps / 2) : steps;
    const { early, late, defects, ...report } = await manySteps(kind, wanted, cwd);
    const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
    add({
      what: `many steps of a ${kind}`,
      done: [
        `${grouped(report.steps)} steps`,
        `${megabytes(early.bytes)} after a tenth, ${megabytes(late.bytes)} at the end`,
        `${late.handles} open files`,
        `${early.msPerStep.toFixed(2)} and ${late.msPerStep.toFixed(2)} ms of the processor a step`,
      ].join(', '),
      defects,
    });
  }

  const wanted = Math.ceil(kills / all.length);
  const killing = async (lane: Lane): Promise<void> => {
    const { defects, ...report } = await killRuns({
      ...{ cwd, lane, program, kills: wanted, random: random.split(lane.name), isOver },
    });
    add({
      what: `kills of a ${lane.name}`,
      done: [
        `${report.kills}${report.kills < wanted ? ` of ${wanted}: the time was up` : ''}`,
        `${report.early} before the first checkpoint`,
        `${report.runs} runs ended as if never killed`,
      ].join(', '),
      defects,
    });
  };
  // So many processes at a time as the command line's tests run.
  await Promise.all(all.map(killing));
} finally {
  await rm(cwd, { recursive: true, force: true });
}

const width = Math.max(...rows.map(({ what }) => what.length));
for (const { what, done, defects } of rows) {
  process.stdout.write(`${what.padEnd(width)}  ${done}; ${defects.length} defects\n`);
}
const defects = rows.flatMap((row) => row.defects.map((defect) => `${row.what}: ${defect}`));
process.stdout.write(`${defects.map((line) => `DEFECT ${line}\n`).join('')}`);
if (isOver()) process.stdout.write(`the ${minutes} minutes were up\n`);
process.exit(defects.length === 0 ? 0 : 1);
