import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { callInChild } from '../../src/engine/child.js';

const folder = mkdtempSync(join(tmpdir(), 'child-'));
const moduleUrl = pathToFileURL(join(folder, 'tasks.mjs')).href;
writeFileSync(
  join(folder, 'tasks.mjs'),
  `
    export const answer = async () => ({ colour: process.env.COLOUR, list: [1, 2] });
    export const abort = () => { console.error('about to die'); process.abort(); };
    export const fail = () => { throw new Error('on purpose'); };
    export const hang = () => new Promise((resolve) => setTimeout(resolve, 60_000));
  `,
);
afterAll(() => rmSync(folder, { recursive: true }));

describe('callInChild', () => {
  it('gives the value that the function returns, in its own environment', async () => {
    const outcome = await callInChild(moduleUrl, 'answer', { env: { COLOUR: 'red' } });
    expect(outcome).toEqual({ ok: true, value: { colour: 'red', list: [1, 2] }, stderr: '' });
    expect(process.env.COLOUR).toBeUndefined();
  });

  it('runs TypeScript sources', async () => {
    const source = new URL('../../src/engine/tensorflow-package.ts', import.meta.url).href;
    const outcome = await callInChild(source, 'installedPackages');
    expect(outcome).toMatchObject({ ok: true, value: expect.any(Array) });
  });

  it.skipIf(process.platform === 'win32')('survives a crash and says how it ended', async () => {
    const outcome = await callInChild(moduleUrl, 'abort');
    expect(outcome).toMatchObject({ ok: false, crash: 'crashed with SIGABRT' });
    expect(outcome.stderr).toContain('about to die');
  });

  it('reports an error that is thrown', async () => {
    const outcome = await callInChild(moduleUrl, 'fail');
    expect(outcome).toMatchObject({ ok: false, crash: 'ended with code 1' });
    expect(outcome.stderr).toContain('on purpose');
  });

  it('ends a child that takes too long', async () => {
    const outcome = await callInChild(moduleUrl, 'hang', { timeoutMs: 1000 });
    expect(outcome).toMatchObject({ ok: false, crash: 'was killed, perhaps for taking over 1 s' });
  });
});
