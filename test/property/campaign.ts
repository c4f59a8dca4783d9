/** Many programs, one after the other, and what they came to. */
import * as tf from '@tensorflow/tfjs-core';
import { messageOf } from '../../src/compile/errors.js';
import { RandomStream } from '../../src/random.js';
import { type Check, check, describe, isFailure, runnable } from './check.js';
import { generate } from './generate.js';
import type { Kind, Program } from './program.js';
import type { How } from './run.js';
import { shrink } from './shrink.js';

export interface Failure {
  /** Its place in the campaign: `--first` begins with it. */
  readonly index: number;
  readonly how: How;
  /** Made small. */
  readonly program: Program;
  readonly text: string;
}

export interface CampaignOptions {
  readonly graphs: number;
  readonly seed: number;
  /** The first program's place. Default 0. */
  readonly first?: number;
  failed?(failure: Failure): void;
  progress?(done: number): void;
}

/** What is counted of an operation, or of a kind of output that no single operation makes. */
interface Count {
  uses: number;
  failures: number;
  /** Units in the last place of the largest number of an output. */
  worst: number;
}

export interface Report {
  readonly failures: number;
  readonly table: string;
}

class Tally {
  readonly kinds: Record<Kind, number> = { forward: 0, gradient: 0, second: 0, update: 0 };
  readonly counts = new Map<string, Count>();
  programs = 0;
  operations = 0;
  inParts = 0;
  failures = 0;
  outOfRange = 0;
  unrunnable = 0;

  of(op: string): Count {
    const count = this.counts.get(op) ?? { uses: 0, failures: 0, worst: 0 };
    this.counts.set(op, count);
    return count;
  }

  program({ kind, statements }: Program): void {
    this.programs++;
    this.kinds[kind]++;
    this.operations += statements.length;
    for (const { op } of statements) this.of(op).uses++;
  }

  check({ statements, kind }: Program, { units, differences, outOfRange }: Check): void {
    this.outOfRange += outOfRange;
    const opOf = (output: string): string =>
      statements.find(({ name }) => name === output)?.op ?? `(${kind})`;
    for (const [output, off] of units) {
      const count = this.of(opOf(output));
      count.worst = Math.max(count.worst, off);
    }
    for (const op of new Set(differences.map(({ output }) => opOf(output)))) this.of(op).failures++;
  }
}

/** Runs the programs of a seed. */
export async function campaign({
  graphs,
  seed,
  first = 0,
  failed,
  progress,
}: CampaignOptions): Promise<Report> {
  await tf.setBackend('cpu');
  const root = RandomStream.fromSeed(seed);
  const tally = new Tally();
  for (let index = first; index < first + graphs; index++) {
    await one(root.split(index), index, tally, failed);
    progress?.(index + 1 - first);
  }
  return { failures: tally.failures, table: tableOf(tally) };
}

async function one(
  random: RandomStream,
  index: number,
  tally: Tally,
  failed: CampaignOptions['failed'],
): Promise<void> {
  const drawn = generate(random);
  let runs: Awaited<ReturnType<typeof runnable>>;
  try {
    runs = await runnable(drawn);
  } catch (thrown) {
    // Each of its operations ran when it was drawn.
    throw new Error(`program ${index} cannot be run: ${messageOf(thrown)}`, { cause: thrown });
  }
  const { program, eager } = runs;
  tally.program(program);
  const ways: How[] = splits(program) && index % 4 === 0 ? ['compiled', 'in parts'] : ['compiled'];
  for (const how of ways) {
    const result = await check(program, how, eager);
    tally.check(program, result);
    if (how === 'in parts') tally.inParts++;
    if (!isFailure(result)) continue;
    tally.failures++;
    if (failed === undefined) break;
    const small = await shrink(program, how);
    const again = await check(small, how, (await runnable(small)).eager);
    failed({ index, how, program: small, text: describe(isFailure(again) ? again : result) });
    // In parts it would be the same.
    break;
  }
}

/** Whether there are rows to take apart. */
const splits = ({ inputs }: Program): boolean =>
  inputs.some(({ tensor: { shape } }) => shape.length > 1 && shape[0]! > 1);

function tableOf(tally: Tally): string {
  const { programs, operations, kinds, inParts, failures, outOfRange } = tally;
  const rows = [...tally.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const line = (op: string, uses: string, failed: string, worst: string): string =>
    `${op.padEnd(28)}${uses.padStart(8)}${failed.padStart(10)}${worst.padStart(14)}`;
  return [
    line('operation', 'uses', 'failures', 'worst, units'),
    ...rows.map(([op, { uses, failures, worst }]) =>
      line(op, uses === 0 ? '' : `${uses}`, `${failures}`, worst.toPrecision(2)),
    ),
    '',
    `${programs} programs of ${operations} operations, ${inParts} also in parts: ` +
      Object.entries(kinds)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', '),
    `${failures} differ by more than rounding; ${outOfRange} numbers were out of the range of float32`,
  ].join('\n');
}
