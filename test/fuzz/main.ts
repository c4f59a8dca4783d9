/**
 * `npm run fuzz -- --inputs N --seed S`: damaged and hostile inputs for every reader. Prints a table;
 * exits with 1 where one was not refused by name, was read wrongly, or took more than it may.
 */
import { parseArgs } from 'node:util';
import { grouped, printable, table } from '../../src/text.js';
import { Conductor, type Total } from './conduct.js';
import { readers } from './readers/index.js';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
if (!Number.isInteger(inputs) || inputs < 1 || !Number.isInteger(seed) || seed < 0) {
  process.stderr.write('--inputs takes a whole number from 1, --seed one from 0\n');
  process.exit(2);
}
const chosen = readers.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  process.stderr.write(`--only takes one of: ${readers.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}

const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
const conductor = new Conductor();
const totals: Total[] = [];
try {
  for (const reader of chosen) {
    const began = performance.now();
    const total = await conductor.run(reader, Math.ceil((inputs * reader.weight) / weights), seed);
    totals.push(total);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stderr.write(`${reader.name}: ${grouped(total.inputs)} inputs in ${seconds} s\n`);
  }
} finally {
  conductor.close();
}

const found = (total: Total, verdict: string): number =>
  total.findings.filter((finding) => finding.verdict === verdict).length;
const row = (name: string, some: readonly Total[]) => {
  const sum = (of: (total: Total) => number): number =>
    some.reduce((total, one) => total + of(one), 0);
  return [
    name,
    grouped(sum(({ inputs }) => inputs)),
    grouped(sum(({ refused }) => refused)),
    grouped(sum(({ equal }) => equal)),
    grouped(sum(({ different }) => different)),
    ...['wrong', 'uncaught', 'slow', 'large'].map((verdict) => sum((one) => found(one, verdict))),
    Math.round(Math.max(...some.map(({ milliseconds }) => milliseconds))),
    Math.round(Math.max(...some.map(({ bytes }) => bytes)) / 1e6),
  ];
};
const header = [
  ...['reader', 'inputs', 'refused by name', 'read as written', 'read as changed'],
  ...['wrong', 'uncaught', '> 2 s', '> 300 MB', 'most ms', 'most MB'],
];
const rows = [...totals.map((total) => row(total.reader, [total])), row('all', totals)];
process.stdout.write(`${table(header, rows)}\n`);
for (const { reader, findings } of totals) {
  for (const { number, verdict, message } of findings.slice(0, 20)) {
    process.stdout.write(
      `\n${reader}, input ${number} of seed ${seed}: ${verdict}: ${printable(message.slice(0, 1500))}\n`,
    );
  }
}
process.exitCode = totals.some(({ findings }) => findings.length > 0) ? 1 : 0;
