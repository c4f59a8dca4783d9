/** The page of `samples/tab` in Chromium. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { browserPath, launch, open } from './chromium.js';
import { describeInBrowser } from './describe.js';
import { served } from './serve.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let browser: Browser;

beforeAll(async () => {
  if (browserPath === undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'mixgan-tab-'));
  const args = ['--import', 'tsx', 'samples/tab/build.ts', folder];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const [, megabytes] = /: (\d\.\d+) MB to download/.exec(stdout) ?? [];
  expect(Number(megabytes), stderr).toBeLessThanOrEqual(5);
  browser = await launch(['--enable-unsafe-webgpu']);
});
afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** Works with the page, on a server with the two headers or without. */
async function withTab(
  query: string,
  isolated: boolean,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const { url, close } = await served(folder, isolated);
  const { page, errors } = await open(browser, `${url}?${query}`);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  try {
    await use(page);
    expect(errors).toEqual([]);
    // Nobody else is asked for anything.
    expect(asked.filter((other) => !other.startsWith(url) && !/^(blob|data):/.test(other))).toEqual(
      [],
    );
  } finally {
    await page.context().close();
    close();
  }
}

/** The page's policy lets nobody evaluate text there, which polling would have to. */
const statusIs = (page: Page, text: string): Promise<void> =>
  page.locator('#status', { hasText: text }).waitFor({ timeout: 200_000 });

/** How many of a canvas's pixels are neither black nor missing. */
const drawn = (page: Page, id: string): Promise<number> =>
  page.evaluate(
    `[...document.getElementById('${id}').getContext('2d').getImageData(0, 0, 242, 242).data].filter((v, i) => i % 4 === 0 && v > 30).length`,
  );

describeInBrowser('the tab', () => {
  it('trains, draws, stops, goes on, and hands its checkpoint over', async () => {
    await withTab('threads=2&steps=3', true, async (page) => {
      expect(await page.textContent('#threads')).toBe('WebAssembly, up to 2 threads');
      await page.click('#train');
      await statusIs(page, 'Training');
      expect(await page.textContent('#threads')).toBe('WebAssembly (2 threads)');
      await page.click('#stop');
      await statusIs(page, 'Stopped after step');
      await page.click('#train');
      await statusIs(page, 'Finished after 3 steps');
      expect(await drawn(page, 'fakes')).toBeGreaterThan(100);
      expect(await drawn(page, 'reals')).toBeGreaterThan(1000);
      const download = page.waitForEvent('download');
      await page.click('#save-checkpoint');
      const path = join(folder, 'saved.safetensors');
      await (await download).saveAs(path);
      expect(await loadCheckpoint(path)).toMatchObject({ kind: 'gan', step: 3 });
    });
  });

  it('computes on one thread where memory cannot be shared, says so, and takes a checkpoint', async () => {
    await withTab('steps=4', false, async (page) => {
      expect(await page.textContent('#threads')).toContain('WebAssembly on one thread');
      expect(await page.textContent('#threads')).toContain(
        'Cross-Origin-Opener-Policy: same-origin',
      );
      await page.setInputFiles('#open', join(folder, 'saved.safetensors'));
      await statusIs(page, 'Finished after');
      expect(await page.textContent('#status')).toBe('Finished after 4 steps.');
      expect(await page.textContent('#threads')).toBe('WebAssembly (1 thread)');
    });
  });

  it('computes on a GPU, whose files it loads only then', async () => {
    await withTab('steps=2&device=gpu', true, async (page) => {
      const loaded: string[] = [];
      page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
      await page.click('#train');
      await statusIs(page, 'Finished after 2 steps');
      expect(await page.textContent('#threads')).toMatch(/^WebGPU/);
      expect(await drawn(page, 'fakes')).toBeGreaterThan(100);
      expect(loaded).toContain('/ort-gpu.wasm.gz');
      expect(loaded).not.toContain('/ort.wasm.gz');
    });
  });

  it('says what is wrong with a file', async () => {
    await withTab('', true, async (page) => {
      await page.setInputFiles('#open', join(folder, 'index.html'));
      await statusIs(page, 'It failed');
      expect(await page.textContent('#status')).toContain('index.html is damaged');
    });
  });
});
