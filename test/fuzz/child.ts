/**
 * The process in which inputs are read, so that it can be ended from outside.
 */
import { openSync, writeSync } from 'node:fs';
import { type Done, type Finding, type Job, limits } from './job.js';
import { Judge } from './judge.js';
import { readers } from './readers/index.js';

/** Tells, even while an input is read, which one it is. */
const progress = openSync(process.argv[2]!, 'w');
const peak = (): number => process.resourceUsage().maxRSS * 1024;

async function work({ reader: name, seed, first, end, folder, bombs }: Job): Promise<Done> {
  const reader = readers.find((one) => one.name === name)!;
  const judge = await Judge.of(reader, folder, bombs);
  const counts = { refused: 0, equal: 0, different: 0, wrong: 0, uncaught: 0 };
  const findings: Finding[] = [];
  const most = { milliseconds: 0, bytes: 0 };
  const base = process.memoryUsage.rss();
  let number = first;
  while (number < end && most.bytes <= limits.bytes) {
    writeSync(progress, String(number).padStart(20), 0);
    const before = peak();
    const { verdict, message, milliseconds } = await judge.judge(seed, number);
    counts[verdict]++;
    if (verdict === 'wrong' || verdict === 'uncaught') findings.push({ number, verdict, message });
    if (milliseconds > limits.milliseconds) {
      findings.push({ number, verdict: 'slow', message: `${Math.round(milliseconds)} ms` });
    }
    const bytes = peak() > before ? peak() - base : 0;
    if (bytes > limits.bytes) {
      findings.push({ number, verdict: 'large', message: `${Math.round(bytes / 1e6)} MB` });
    }
    most.milliseconds = Math.max(most.milliseconds, milliseconds);
    most.bytes = Math.max(most.bytes, bytes);
    number++;
  }
  return { counts, findings, next: number, ...most };
}

process.on('message', (job: Job) => {
  work(job).then(
    (done) => process.send!(done),
    (thrown: unknown) => {
      process.stderr.write(`${String((thrown as Error).stack)}\n`);
      process.exit(1);
    },
  );
});
// An error that nobody waits for is as good as a crash.
process.on('unhandledRejection', (thrown) => {
  process.stderr.write(`unhandled: ${String((thrown as Error)?.stack ?? thrown)}\n`);
  process.exit(1);
});
