/**
 * How quick the studio is: `node --import tsx bench/studio.ts [--training [N]]`. It needs Chromium, and
 * says what it measures as one JSON document; with `--training`, what a training loses by being looked
 * at that logs every N steps, as the preset does unless said.
 */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { families } from '../src/cli/families.js';
import { startStudio } from '../studio/server/serve.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const lineOf = (step: number): string =>
  `${JSON.stringify({ step, seconds: step / 9, 'discriminator.loss': Math.cos(step / 50), 'generator.loss': Math.sin(step / 40), 'discriminator.realLogit': step % 7, 'discriminator.fakeLogit': step % 5, batchDiversity: 0.3 })}\n`;

async function makeRuns(folder: string, count: number, lines: number): Promise<void> {
  const text = Array.from({ length: lines }, (_, i) => lineOf(i + 1)).join('');
  for (let i = 0; i < count; i++) {
    const path = join(folder, `run-${String(i).padStart(4, '0')}`);
    await mkdir(path, { recursive: true });
    const config = { kind: 'gan', preset: 'mnist-quick', data: 'mnist', seed: i, steps: lines };
    await writeFile(join(path, 'config.json'), JSON.stringify(config));
    await writeFile(join(path, 'metrics.jsonl'), text);
    await writeFile(
      join(path, 'log.txt'),
      `2026-11-21T10:00:00.000Z finished after step ${lines}\n`,
    );
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Opens the page on a folder, and closes all of it. */
async function withPage<T>(
  folder: string,
  hash: string,
  use: (page: Page, url: string) => Promise<T>,
): Promise<T> {
  const studio = await startStudio({
    ...{ folder, port: 0, families, version: '0.0.0' },
    commandLine: { program: process.execPath, args: [] },
  });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--enable-precise-memory-info'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${studio.url}${hash}`);
    return await use(page, studio.url);
  } finally {
    await browser.close();
    await studio.close();
  }
}

const rowsShown = (page: Page): Promise<void> => page.locator('.rows tbody tr').nth(49).waitFor();

/** Milliseconds from the visit to the first paint, and to the first 50 rows of a list of 100. */
async function paints(folder: string): Promise<{ first: number; rows: number }> {
  return withPage(folder, '', async (page, url) => {
    await rowsShown(page);
    const first: number[] = [];
    const rows: number[] = [];
    for (let visit = 0; visit < 7; visit++) {
      await page.goto('about:blank');
      await page.goto(url);
      await rowsShown(page);
      rows.push((await page.evaluate('performance.now()')) as number);
      const paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime";
      first.push((await page.evaluate(paint)) as number);
    }
    return { first: Math.round(median(first)), rows: Math.round(median(rows)) };
  });
}

/** Megabytes of the page's JavaScript: a thousand runs known, four compared; one of 100,000 lines. */
async function memory(folder: string): Promise<{ heap: number; long: number }> {
  const megabytes = async (page: Page): Promise<number> => {
    const client = await page.context().newCDPSession(page);
    await client.send('HeapProfiler.collectGarbage');
    return Math.round(Number(await page.evaluate('performance.memory.usedJSHeapSize')) / 1e6);
  };
  const hash = '#/runs?order=name&runs=run-0000,run-0001,run-0002,run-0003';
  return withPage(folder, hash, async (page) => {
    await page.locator('figure.chart').first().waitFor();
    await page.getByText('of 1,001 runs').waitFor({ timeout: 60_000 });
    const heap = await megabytes(page);
    await page.goto(page.url().replace(/#.*/, '#/runs?runs=long'));
    await page.locator('figure.chart').first().waitFor({ timeout: 60_000 });
    return { heap, long: await megabytes(page) };
  });
}

/** Milliseconds from a line in a file of metrics to its number beside the curve. */
async function latency(folder: string): Promise<number> {
  const path = join(folder, 'run-0000', 'metrics.jsonl');
  return withPage(folder, '#/runs?runs=run-0000&smooth=0', async (page) => {
    await page.locator('figure.chart').first().waitFor();
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      const value = 1000 + i;
      const shown = page.locator('.legend b', { hasText: String(value) }).first();
      const start = performance.now();
      appendFileSync(
        path,
        `${JSON.stringify({ step: 10_000 + i, seconds: 1, 'generator.loss': value })}\n`,
      );
      await shown.waitFor();
      times.push(performance.now() - start);
      await page.waitForTimeout(100 + 37 * (i % 5));
    }
    return Math.round(median(times));
  });
}

/** Of each of these turns of a training, seconds; in every other one the page looks on. */
const turnSeconds = 4;
const turns = 16;

/** The share of its speed that a training keeps while the page shows its curves. */
async function trainingShare(folder: string, every: string | undefined): Promise<number> {
  const path = join(folder, 'training');
  const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
  const args = ['--import', 'tsx', main, 'train', 'gan', '--out', path, '--steps', '1000000'];
  const log = every === undefined ? [] : ['--set', `logEvery=${every}`];
  const training = spawn(process.execPath, [...args, ...log], { stdio: 'ignore' });
  try {
    const seconds = async (): Promise<number[]> => {
      const text = await readFile(join(path, 'metrics.jsonl'), 'utf8').catch(() => '');
      const lines = text.split('\n').slice(0, -1);
      return lines.map((line) => (JSON.parse(line) as { seconds: number }).seconds);
    };
    while ((await seconds()).length < 5) await sleep(200);
    const alone: number[] = [];
    const watched: number[] = [];
    const turn = async (into: number[]): Promise<void> => {
      const before = (await seconds()).length;
      await sleep(1000 * turnSeconds);
      const during = (await seconds()).slice(before);
      into.push(...during.slice(1).map((time, i) => time - during[i]!));
    };
    for (let i = 0; i < turns / 2; i++) {
      await turn(alone);
      await withPage(folder, '#/runs?runs=training', async (page) => {
        await page.locator('figure.chart').first().waitFor();
        await turn(watched);
      });
    }
    // The lower quarter is least disturbed by what else the machine does.
    const quartile = (times: readonly number[]): number =>
      times.toSorted((a, b) => a - b)[times.length >> 2]!;
    return Number((quartile(alone) / quartile(watched)).toFixed(3));
  } finally {
    training.kill('SIGTERM');
  }
}

const asked = process.argv.indexOf('--training');
if (asked >= 0) {
  const folder = await mkdtemp(join(tmpdir(), 'mixgan-studio-bench-'));
  console.log(JSON.stringify({ speedKept: await trainingShare(folder, process.argv[asked + 1]) }));
  process.exit();
}

const folder = await mkdtemp(join(tmpdir(), 'mixgan-studio-bench-'));
try {
  const [hundred, thousand] = [join(folder, 'hundred'), join(folder, 'thousand')];
  await makeRuns(hundred, 100, 300);
  await makeRuns(thousand, 1000, 300);
  await mkdir(join(thousand, 'long'));
  await writeFile(
    join(thousand, 'long', 'config.json'),
    JSON.stringify({ kind: 'gan', preset: 'long', data: 'mnist', seed: 0, steps: 100_000 }),
  );
  for (let from = 0; from < 100_000; from += 10_000) {
    const text = Array.from({ length: 10_000 }, (_, i) => lineOf(from + i + 1)).join('');
    await appendFile(join(thousand, 'long', 'metrics.jsonl'), text);
  }
  const { first, rows } = await paints(hundred);
  const { heap, long } = await memory(thousand);
  console.log(
    JSON.stringify(
      {
        firstPaintOf100RunsMs: first,
        rowsOf100RunsMs: rows,
        heapWith1000RunsMB: heap,
        heapWithRunOf100000LinesMB: long,
        lineToCurveMs: await latency(hundred),
      },
      null,
      2,
    ),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
