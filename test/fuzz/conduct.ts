/**
 * Gives inputs to a process, watches it, and ends it where an input takes too long or too much.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Done, type Finding, type Job, limits } from './job.js';
import type { Reader } from './reader.js';

export interface Total {
  readonly reader: string;
  inputs: number;
  refused: number;
  equal: number;
  different: number;
  milliseconds: number;
  bytes: number;
  readonly findings: Finding[];
}

/** Inputs between two looks at a process, and the longest silence about one of them. */
const batch = 500;
const patienceMs = 60_000;
/** A process that grows so much is ended before the machine suffers. */
const bytesToEnd = 2e9;

/**
 * Reads `share` inputs, and for each that seemed slow or large a second time by itself: on a busy
 * machine others may have been to blame.
 */
export class Conductor {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mixgan-fuzz-'));
  #child: ChildProcess | undefined;

  async run(reader: Reader, share: number, seed: number): Promise<Total> {
    const total: Total = {
      reader: reader.name,
      ...{ inputs: 0, refused: 0, equal: 0, different: 0, milliseconds: 0, bytes: 0 },
      findings: [],
    };
    const bombs = (reader.bombs?.() ?? []).map((bytes, i) => {
      const path = join(this.#folder, `bomb-${i}`);
      writeFileSync(path, bytes);
      return path;
    });
    const end = Math.max(share, bombs.length);
    for (let first = 0; first < end; ) {
      const job = { reader: reader.name, seed, folder: this.#folder, bombs };
      const done = await this.#send({ ...job, first, end: Math.min(end, first + batch) });
      total.inputs += done.next - first;
      for (const key of ['refused', 'equal', 'different'] as const) total[key] += done.counts[key];
      let [grew, took] = [done.bytes, done.milliseconds];
      for (const finding of done.findings) {
        const { number, verdict } = finding;
        if (verdict !== 'slow' && verdict !== 'large') {
          total.findings.push(finding);
          continue;
        }
        this.#end();
        const again = await this.#send({ ...job, first: number, end: number + 1 });
        [grew, took] = [Math.min(grew, again.bytes), Math.min(took, again.milliseconds)];
        total.findings.push(...again.findings.filter((found) => found.verdict === verdict));
      }
      total.bytes = Math.max(total.bytes, grew);
      total.milliseconds = Math.max(total.milliseconds, took);
      if (done.bytes > limits.bytes) this.#end();
      first = done.next;
    }
    return total;
  }

  close(): void {
    this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  /** What a process says of a job, or what is said of it where it was ended. */
  #send(job: Job): Promise<Done> {
    const progress = join(this.#folder, 'progress');
    this.#child ??= fork(fileURLToPath(new URL('./child.ts', import.meta.url)), [progress], {
      execArgv: ['--import', import.meta.resolve('tsx')],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const child = this.#child;
    return new Promise((resolve) => {
      let said = '';
      let since = { number: '', at: Date.now() };
      const settle = (done: Done): void => {
        clearInterval(watch);
        child.removeAllListeners();
        child.stderr?.removeAllListeners();
        resolve(done);
      };
      const ended = (verdict: Finding['verdict'], message: string): void => {
        this.#end();
        const number = Number(readIfThere(progress).trim() || job.first);
        const counts = { refused: 0, equal: 0, different: 0, wrong: 0, uncaught: 0 };
        const findings = [{ number, verdict, message }];
        settle({ counts, findings, next: number + 1, milliseconds: 0, bytes: 0 });
      };
      const watch = setInterval(() => {
        const number = readIfThere(progress);
        if (number !== since.number) since = { number, at: Date.now() };
        if (Date.now() - since.at > patienceMs) ended('uncaught', `no answer in ${patienceMs} ms`);
        else if (memoryOf(child.pid) > bytesToEnd) ended('uncaught', 'more than 2 GB');
      }, 200);
      child.stderr?.on('data', (text: Buffer) => {
        said += text.toString();
      });
      child.on('message', (done: Done) => settle(done));
      child.on('exit', (code, signal) =>
        ended('uncaught', `ended with ${code ?? signal}: ${said}`),
      );
      child.send(job);
    });
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Of a process, where the system tells. */
function memoryOf(pid: number | undefined): number {
  const pages = Number(readIfThere(`/proc/${pid}/statm`).split(' ')[1] ?? 0);
  return 4096 * pages;
}
