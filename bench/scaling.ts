/**
 * Predicts steps of 1 to 1,024 ranks: a table, and with --out a chart.
 *
 *     node --import tsx bench/scaling.ts --fixed 5 --image 1.5 --cut 2.6 --parameters 360378 --batch 16
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chartFile, type Point } from '../src/report/chart.js';
import { table } from '../src/text.js';
import { type Machine, stepMs, talkMs, worthwhileRanks } from './scaling-model.js';

const { values } = parseArgs({
  options: {
    fixed: { type: 'string', default: '0' },
    image: { type: 'string', default: '1' },
    cut: { type: 'string', default: '0' },
    parameters: { type: 'string', default: '1000000' },
    batch: { type: 'string', default: '64' },
    /** Microseconds. */
    latency: { type: 'string', default: '2' },
    /** Gigabytes a second. */
    bandwidth: { type: 'string', default: '12.5' },
    out: { type: 'string' },
  },
});
const number = (name: Exclude<keyof typeof values, 'out'>): number => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= 0) return value;
  process.stderr.write(`--${name} is a number, 0 or more, not ${values[name]}\n`);
  process.exit(2);
};

const batch = number('batch');
const machine: Machine = {
  fixedMs: number('fixed'),
  imageMs: number('image'),
  cutMs: number('cut'),
  bytes: 4 * number('parameters'),
  latencyMs: number('latency') / 1000,
  bandwidth: number('bandwidth') * 1e6,
};
const ranks = Array.from({ length: 11 }, (_, i) => 2 ** i);
const round = (value: number): number => Number(value.toPrecision(3));
const one = stepMs(machine, batch, 1);

const rows = ranks.map((n) => [
  n,
  ...(n > batch
    ? ['', '']
    : [round(stepMs(machine, batch, n)), round(one / stepMs(machine, batch, n))]),
  round(stepMs(machine, batch * n, n)),
  `${Math.round((100 * one) / stepMs(machine, batch * n, n))}%`,
  round(talkMs(machine, n)),
]);
const header = [
  'ranks',
  `ms, batch ${batch}`,
  'times as fast',
  `ms, batch ${batch} each`,
  'efficiency',
  'ms of talk',
];
process.stdout.write(`${table(header, rows)}\n`);
const worth = worthwhileRanks(machine, batch);
process.stdout.write(
  `batch ${batch}: beyond ${worth} rank${worth === 1 ? '' : 's'}, twice as many save less than a tenth of a step\n`,
);

if (values.out !== undefined) {
  const line = (of: (n: number) => number, some = ranks): Point[] =>
    some.map((n) => [Math.log2(n), of(n)]);
  await writeFile(
    values.out,
    chartFile({
      title: 'Predicted time of a step',
      xLabel: 'ranks, as a power of two: 10 are 1,024',
      yLabel: 'ms',
      yScale: 'log',
      series: [
        {
          name: `batch ${batch} for all`,
          points: line(
            (n) => stepMs(machine, batch, n),
            ranks.filter((n) => n <= batch),
          ),
        },
        { name: `batch ${batch} for each`, points: line((n) => stepMs(machine, batch * n, n)) },
        { name: 'talk', points: line((n) => talkMs(machine, n), ranks.slice(1)) },
      ],
    }),
  );
}
