import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutputError } from '../../src/errors.js';
import { temporaryIn } from '../../src/files.js';
import { isRunning, type Owner, thisProcess } from '../../src/owner.js';
import { lockName, RunLock } from '../../src/train/run-lock.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-lock-'));
  path = join(folder, lockName);
});
afterEach(() => rm(folder, { recursive: true }));

/** A process that is no more. */
async function ended(): Promise<Owner> {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'close');
  return { ...thisProcess(), pid: child.pid!, started: '1' };
}

const leave = (owner: Owner, token = 'other'): Promise<void> =>
  writeFile(path, JSON.stringify({ ...owner, token, since: '2026-03-05T07:08:09.000Z' }));

/** Sets the last sign of life back. */
async function silence(seconds: number): Promise<void> {
  const time = Date.now() / 1000 - seconds;
  await utimes(path, time, time);
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const thrown = await attempt.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(OutputError);
  return (thrown as Error).message;
}

it('isRunning tells processes apart, those that had a number before, too', async () => {
  expect(isRunning(thisProcess())).toBe(true);
  expect(isRunning(await ended())).toBe(false);
  expect(isRunning({ ...thisProcess(), place: 'elsewhere' })).toBeUndefined();
  if (thisProcess().started !== '') {
    expect(isRunning({ ...thisProcess(), started: '1' })).toBe(false);
  }
});

describe('a lock', () => {
  it('says who has it, and leaves nothing behind', async () => {
    const lock = await RunLock.take(folder);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(await readdir(folder)).toEqual([lockName]);
    await lock.check();
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is refused to a second one, in the same process too', async () => {
    const lock = await RunLock.take(folder);
    expect(await refusal(RunLock.take(folder))).toMatch(
      new RegExp(
        `^${folder} is being trained by process ${process.pid} on .* since \\S+; wait until it is done, or stop it first$`,
      ),
    );
    expect(await readdir(folder)).toEqual([lockName]);
    await lock.check();
    await lock.release();
    await (await RunLock.take(folder)).release();
  });

  it('goes to one of many that want it at once', async () => {
    const gone = await ended();
    // How they come in each other's way is chance.
    for (let round = 0; round < 50; round++) {
      await leave(gone, String(round));
      const said: string[] = [];
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, () => RunLock.take(folder, [], (line) => said.push(line))),
      );
      const taken = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(taken).toHaveLength(1);
      expect(said).toHaveLength(1);
      await taken[0]!.check();
      await taken[0]!.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('is taken over where one that was about to do so was killed', async () => {
    await leave(await ended());
    const text = await readFile(path);
    const claim = `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    await writeFile(claim, text);
    const lock = await RunLock.take(folder);
    expect(await readdir(folder)).toEqual([lockName]);
    await lock.release();
  });

  it('is taken over from a process that is no more, which is said', async () => {
    const { pid, host, ...other } = await ended();
    await leave({ pid, host, ...other });
    const said: string[] = [];
    const lock = await RunLock.take(folder, [], (line) => said.push(line));
    expect(said).toEqual([
      `${folder} was left by process ${pid} on ${host} that is gone; it is taken over`,
    ]);
    await lock.release();
  });

  it.each([
    ['another machine', () => leave({ ...thisProcess(), host: 'far', place: 'elsewhere' })],
    ['nobody knows whom: it was cut off', () => writeFile(path, '{"pid":')],
  ])('of %s is taken over after two minutes without a sign of life', async (_, leaving) => {
    await leaving();
    await silence(30);
    expect(await refusal(RunLock.take(folder))).toMatch(
      /sign of life (29|30|31) s ago; .* after 120 s without one$/,
    );
    await silence(121);
    const said: string[] = [];
    const lock = await RunLock.take(folder, [], (line) => said.push(line));
    expect(said).toHaveLength(1);
    await lock.release();
  });

  it('that another process took over is noticed, and left to it', async () => {
    const lock = await RunLock.take(folder);
    await leave({ ...thisProcess(), pid: 7, host: 'far', place: 'elsewhere' });
    expect(await refusal(lock.check())).toMatch(
      /was taken over by process 7 on far since 2026.*; this one stops and leaves it alone$/,
    );
    await lock.release();
    expect(await readdir(folder)).toEqual([lockName]);
  });

  it('clears away what killed processes left, and nothing of a running one', async () => {
    const own = temporaryIn(folder);
    const { place } = thisProcess();
    const left = own.replace(`-${process.pid}-`, `-${(await ended()).pid}-`);
    const elsewhere = own.replace(place, '0'.repeat(16));
    const unnamed = own.replace(`${place}-${process.pid}-`, '');
    const other = join(folder, '.mixgan-notes.tmp');
    const inner = join(folder, 'checkpoint');
    await mkdir(inner);
    const leftInside = join(inner, left.slice(folder.length + 1));
    for (const name of [own, left, elsewhere, unnamed, other, leftInside]) {
      await writeFile(name, '');
    }
    const lock = await RunLock.take(folder, [inner, join(folder, 'none')]);
    await lock.release();
    const names = [own, other].map((name) => name.slice(folder.length + 1));
    expect((await readdir(folder)).sort()).toEqual(['checkpoint', ...names].sort());
    expect(await readdir(inner)).toEqual([]);
  });

  it('names a folder that cannot be written', async () => {
    expect(await refusal(RunLock.take(join(folder, 'none')))).toMatch(/^cannot write .*none/);
  });
});
