import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError, OutputError } from '../../src/errors.js';
import { MetricsLog, readMetrics, TextLog } from '../../src/train/log.js';
import { withSmallDisk } from './small-disk.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-log-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const read = () => readFile(path, 'utf8');

describe('MetricsLog', () => {
  it('writes one JSON object a line, at once', async () => {
    const log = MetricsLog.create(path);
    expect(log.startSeconds).toBe(0);
    log.append({ step: 1, seconds: 0.5, loss: 2.25 });
    expect(await read()).toBe('{"step":1,"seconds":0.5,"loss":2.25}\n');
    log.append({ step: 2, seconds: 1, loss: 2 });
    log.flush();
    log.close();
    expect(await read()).toBe(
      '{"step":1,"seconds":0.5,"loss":2.25}\n{"step":2,"seconds":1,"loss":2}\n',
    );
  });

  it('writes what JSON cannot say as null', async () => {
    const log = MetricsLog.create(path);
    log.append({ step: 1, seconds: 1, a: Number.NaN, b: Number.POSITIVE_INFINITY });
    log.close();
    expect(JSON.parse(await read())).toEqual({ step: 1, seconds: 1, a: null, b: null });
  });

  it('does not overwrite the log of another run', async () => {
    await writeFile(path, 'precious');
    expect(() => MetricsLog.create(path)).toThrow(OutputError);
    expect(await read()).toBe('precious');
  });

  it('resumes as if the run had never stopped', async () => {
    const record = (step: number) => ({ step, seconds: step / 2, loss: 1 / step });
    const straight = MetricsLog.create(path);
    for (let step = 1; step <= 6; step++) straight.append(record(step));
    straight.close();
    const expected = await read();
    await rm(path);

    const killed = MetricsLog.create(path);
    for (let step = 1; step <= 5; step++) killed.append(record(step));
    killed.close();
    await writeFile(path, '{"step":6,"seco', { flag: 'a' });
    const resumed = await MetricsLog.resume(path, 3);
    expect(resumed.startSeconds).toBe(1.5);
    for (let step = 4; step <= 6; step++) resumed.append(record(step));
    resumed.close();
    expect(await read()).toBe(expected);
    expect(await readdir(folder)).toEqual(['metrics.jsonl']);
  });

  it('drops a last line without a line break even where it is whole', async () => {
    await writeFile(path, '{"step":1,"seconds":1}\n{"step":2,"seconds":2}');
    (await MetricsLog.resume(path, 5)).close();
    expect(await read()).toBe('{"step":1,"seconds":1}\n');
  });

  it('drops a broken last line that has its line break', async () => {
    await writeFile(path, '{"step":1,"seconds":1}\n\0\0\0\0\n');
    (await MetricsLog.resume(path, 5)).close();
    expect(await read()).toBe('{"step":1,"seconds":1}\n');
  });

  it('starts empty where the run was stopped before its first line', async () => {
    const log = await MetricsLog.resume(path, 0);
    expect(log.startSeconds).toBe(0);
    log.close();
    expect(await read()).toBe('');
  });

  it('names a broken line in the middle, and leaves the file alone', async () => {
    const text = '{"step":1,"seconds":1}\n{"step":2}\n{"step":3,"seconds":3}\n';
    await writeFile(path, text);
    const attempt = MetricsLog.resume(path, 3);
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(
      `${path}: line 2 is not a record of metrics; remove that line and resume again`,
    );
    expect(await read()).toBe(text);
  });

  it('says where it cannot write', () => {
    const attempt = () => MetricsLog.create(join(folder, 'nowhere', 'metrics.jsonl'));
    expect(attempt).toThrow(OutputError);
    expect(attempt).toThrow(/^cannot write .*metrics\.jsonl: the folder .*nowhere does not exist/);
  });

  it('says that the disk is full, and resumes when it no longer is', (context) =>
    withSmallDisk(context, async (disk) => {
      const onDisk = join(disk, 'metrics.jsonl');
      const ballast = join(disk, 'ballast');
      const log = MetricsLog.create(onDisk);
      log.append({ step: 0, seconds: 0 });
      await writeFile(ballast, Buffer.alloc(240 * 1024));
      let thrown: unknown;
      try {
        for (let step = 1; step < 10_000; step++) log.append({ step, seconds: step });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(OutputError);
      expect((thrown as Error).message).toBe(
        `cannot write ${onDisk}: the disk is full; free some space`,
      );
      log.close();

      await rm(ballast);
      (await MetricsLog.resume(onDisk, 20)).close();
      const lines = (await readFile(onDisk, 'utf8')).trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line).step)).toEqual(
        Array.from({ length: 21 }, (_, i) => i),
      );
    }));
});

describe('TextLog', () => {
  it('appends lines with their time', async () => {
    const times = [new Date('2026-01-02T03:04:05.678Z'), new Date('2026-01-02T03:04:06Z')];
    const log = new TextLog(path, () => times.shift()!);
    log.line('step 1');
    log.line('saved');
    expect(await read()).toBe('2026-01-02T03:04:05.678Z step 1\n2026-01-02T03:04:06.000Z saved\n');
  });

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', () => {
    const attempt = () => new TextLog('/dev/full').line('text');
    expect(attempt).toThrow(OutputError);
    expect(attempt).toThrow('cannot write /dev/full: the disk is full; free some space');
  });
});

it('keeps a line a line, and terminals unharmed', async () => {
  const path = join(folder, 'hostile.txt');
  new TextLog(path, () => new Date(0)).line('a\n\x1b[2Jb');
  expect(await readFile(path, 'utf8')).toBe('1970-01-01T00:00:00.000Z a\\u000a\\u001b[2Jb\n');
});

describe('readMetrics', () => {
  it('gives the records up to a step, without a last line cut short', async () => {
    const records = [
      { step: 1, seconds: 0.5, loss: 2 },
      { step: 2, seconds: 1, loss: 1 },
      { step: 2, seconds: 2, accuracy: 0.5 },
      { step: 3, seconds: 3, loss: 0.5 },
    ];
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    await writeFile(path, `${text}{"step":3,"sec`);
    expect(await readMetrics(path, 2)).toEqual(records.slice(0, 3));
    expect(await readMetrics(path, 9)).toEqual(records);
  });

  it('gives none where there is no log', async () => {
    expect(await readMetrics(path, 9)).toEqual([]);
  });
});
