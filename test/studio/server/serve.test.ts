/** The studio's server, asked as a browser asks it, and as others might. */
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { families } from '../../../src/cli/families.js';
import { type Studio, startStudio } from '../../../studio/server/serve.js';
import type { RunList, RunSummary } from '../../../studio/shared/protocol.js';
import { commandLine } from '../command-line.js';
import { emptyFolder, grow, makeRun } from '../folders.js';

let folder: string;
let studio: Studio;

beforeAll(async () => {
  folder = await emptyFolder();
  await makeRun(folder, 'done', {
    lines: 100,
    log: ['started', 'finished after step 100'],
    pictures: [0, 50],
  });
  await makeRun(folder, 'deep/er/stopped', {
    lines: 20,
    log: ['stopped after step 20; to go on, …'],
  });
  await makeRun(folder, 'lost', {
    lines: 3,
    log: ['training diverged at step 4: loss is NaN; try'],
  });
  await makeRun(folder, 'no family', { kind: 'oracle' });
  await makeRun(folder, '<script>alert(1)</script>', { preset: '<script>', lines: 2 });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await symlink(join(folder, 'secret.txt'), join(folder, 'done', 'reals.png'));
  studio = await startStudio({ folder, port: 0, families, version: '0.0.0', commandLine });
  await listed((runs) => runs.length === 4);
});
afterAll(async () => {
  await studio?.close();
  await rm(folder, { recursive: true, force: true });
});

const get = async (path: string): Promise<{ status: number; text: string; headers: Headers }> => {
  const response = await fetch(`${studio.url}${path}`);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

async function listed(
  isFine: (runs: readonly RunSummary[]) => boolean,
): Promise<readonly RunSummary[]> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const list = JSON.parse((await get('data/runs.json')).text) as RunList;
    const runs = list.runs.filter(({ isShipped }) => isShipped !== true);
    if (isFine(runs)) return runs;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the list never came to what was expected');
}

const named = async (name: string): Promise<RunSummary> =>
  (await listed((runs) => runs.some((run) => run.name === name))).find((run) => run.name === name)!;

/** A request with headers that browsers set themselves. */
const asked = (
  path: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
  body = '',
): Promise<number> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(studio.url);
    const request = ask({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    request.once('error', reject);
    request.end(body);
  });

/** The first line of the answer to bytes that no client would send. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(studio.url);
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (piece: string) => {
      answer += piece;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
    setTimeout(() => socket.end(), 500);
  });

describe('runs', () => {
  it('are found at any depth, with their state, unless no family knows them', async () => {
    const runs = await listed(() => true);
    expect(Object.fromEntries(runs.map(({ name, state }) => [name, state]))).toEqual({
      done: 'done',
      'deep/er/stopped': 'stopped',
      lost: 'diverged',
      '<script>alert(1)</script>': 'stopped',
    });
    expect(await named('done')).toMatchObject({ step: 100, seconds: 10, speed: 10, pictures: 2 });
    expect(runs.every(({ key }) => /^[\w.-]+$/.test(key))).toBe(true);
  });

  it('give their metrics from any byte on, in whole lines', async () => {
    const { key, bytes } = await named('done');
    const whole = await get(`data/runs/${key}/metrics.jsonl`);
    expect(whole.text.trimEnd().split('\n')).toHaveLength(100);
    expect(whole.text).toHaveLength(bytes);
    const first = whole.text.indexOf('\n') + 1;
    const rest = await get(`data/runs/${key}/metrics.jsonl?from=${first}`);
    expect(rest.text).toBe(whole.text.slice(first));
    expect((await get(`data/runs/${key}/metrics.jsonl?from=-1`)).status).toBe(400);
  });

  it('show their pictures, and no file that a link leads to', async () => {
    const { key } = await named('done');
    expect((await get(`data/runs/${key}/fakes-000050.png`)).headers.get('content-type')).toBe(
      'image/png',
    );
    expect((await get(`data/runs/${key}/reals.png`)).status).toBe(404);
    const { pictures } = JSON.parse((await get(`data/runs/${key}/run.json`)).text);
    expect(pictures).toEqual([0, 50]);
  });

  it('that appear, grow and go are told, and nothing else', async () => {
    const stop = new AbortController();
    const events = await fetch(`${studio.url}data/events`, { signal: stop.signal });
    const told = reader(events);
    const path = await makeRun(folder, 'fresh', { lines: 1 });
    expect(await told('run', (run: RunSummary) => run.name === 'fresh')).toMatchObject({ step: 1 });
    await grow(path, 2, { 'discriminator.loss': 0.25 });
    const lines = await told('lines', ({ key }: { key: string }) => key === 'fresh');
    expect(JSON.parse(String(lines.text))).toMatchObject({
      step: 2,
      'discriminator.loss': 0.25,
    });
    await rm(path, { recursive: true });
    expect(await told('gone', (key: string) => key === 'fresh')).toBe('fresh');
    stop.abort();
  });
});

it('of a run without a checkpoint there is neither model nor examination, with a line why', async () => {
  const { key } = await named('done');
  for (const name of ['model.json', 'examination.json', 'examination.png']) {
    const { status, text } = await get(`data/runs/${key}/${name}`);
    expect([status, text]).toEqual([400, 'done has no checkpoint yet\n']);
  }
});

/** Waits for an event. */
function reader(response: Response) {
  const stream = response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  let rest = '';
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server sends
  return async (name: string, isIt: (data: any) => boolean): Promise<any> => {
    for (;;) {
      const events = rest.split('\n\n');
      rest = events.pop()!;
      for (const [i, event] of events.entries()) {
        const [, type, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
        if (type !== name || !isIt(JSON.parse(data!))) continue;
        rest = [...events.slice(i + 1), rest].join('\n\n');
        return JSON.parse(data!);
      }
      const { value, done } = await stream.next();
      if (done) throw new Error(`no event ${name} came`);
      rest += value;
    }
  };
}

describe('others', () => {
  it.each([
    ['another name', { Host: 'evil.example' }],
    ['another port', { Host: '127.0.0.1:1' }],
    ['a page of elsewhere', { Origin: 'http://evil.example' }],
    ['a page of nowhere', { Origin: 'null' }],
    ['a picture within another page', { 'Sec-Fetch-Site': 'cross-site' }],
  ])('are refused: %s', async (_, headers) => {
    const { host } = new URL(studio.url);
    for (const path of ['/', '/data/runs.json', '/data/events']) {
      expect(await asked(path, { Host: host, ...headers })).toBe(403);
    }
    const body = JSON.stringify({ kind: 'stop', run: 'done' });
    const json = { 'Content-Type': 'application/json' };
    expect(await asked('/data/commands', { Host: host, ...json, ...headers }, 'POST', body)).toBe(
      403,
    );
  });

  it.each([
    '/../package.json',
    '/data/runs/../../secret.txt',
    '/data/runs/%2e%2e/%2e%2e/secret.txt',
    '/data/runs/done/..%2f..%2fsecret.txt',
    '/data/runs/done/../../../secret.txt',
    '/data/runs/..%5c..%5csecret.txt/run.json',
    '/data/runs/done/config.json%00.png',
    '/data/runs/done/checkpoint',
    '/data/runs//etc/passwd',
    '//etc/passwd',
    '/%E0%A4%A',
    '/data/forms/__proto__.json',
    '/constructor',
  ])('climb nowhere by %s', async (path) => {
    const { host } = new URL(studio.url);
    expect(await asked(path, { Host: host })).toBe(404);
  });

  it('cannot be giants', async () => {
    const { host } = new URL(studio.url);
    expect(await asked(`/${'a'.repeat(5000)}`, { Host: host })).toBe(414);
    const headers = { Host: host, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ kind: 'x'.repeat(2 ** 20) });
    expect(await asked('/data/commands', headers, 'POST', body)).toBe(413);
    // Without saying how long it is.
    const chunk = 'x'.repeat(2 ** 17);
    const text = `POST /data/commands HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${(2 ** 17).toString(16)}\r\n${chunk}\r\n`;
    expect(await raw(text)).toMatch(/^HTTP\/1.1 413/);
    expect(
      await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${'x'.repeat(2 ** 17)}\r\n\r\n`),
    ).toMatch(/^HTTP\/1.1 431/);
    expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 403/);
  });

  it('send no commands but in JSON that is one', async () => {
    const { host } = new URL(studio.url);
    const post = (body: string, type = 'application/json') =>
      asked('/data/commands', { Host: host, 'Content-Type': type }, 'POST', body);
    expect(await post('{}', 'text/plain')).toBe(415);
    expect(await post('{')).toBe(400);
    expect(await post('{"kind":"format"}')).toBe(400);
    expect(await post('{"kind":"stop","run":"../done"}')).toBe(400);
    expect(await post('{"kind":"train","family":"gan","preset":"--out=/tmp/x","set":{}}')).toBe(
      400,
    );
    expect(await post('{"kind":"train","family":"gan","preset":"a","set":{"a;b":"1"}}')).toBe(400);
    expect(await asked('/', { Host: host }, 'DELETE')).toBe(405);
  });

  it('are told by every answer what a browser must not do', async () => {
    for (const path of ['', 'data/runs.json', 'nothing']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).toContain(
        "default-src 'none'; script-src 'self'",
      );
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

it('says that a port is taken', async () => {
  const port = Number(new URL(studio.url).port);
  const second = startStudio({ folder, port, families, version: '0.0.0', commandLine });
  await expect(second).rejects.toThrow(`port ${port} is taken by another program`);
});

it('shows a folder that is made later', async () => {
  const later = join(folder, 'later');
  const other = await startStudio({
    folder: later,
    port: 0,
    families,
    version: '0.0.0',
    commandLine,
  });
  const stop = new AbortController();
  const events = await fetch(`${other.url}data/events`, { signal: stop.signal });
  await mkdir(later);
  await makeRun(later, 'one', { lines: 1 });
  expect(await reader(events)('run', ({ name }) => name === 'one')).toMatchObject({ name: 'one' });
  stop.abort();
  await other.close();
});
