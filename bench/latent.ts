/**
 * How many pictures a second the studio's latent explorer draws of the shipped generator while it walks,
 * 28×28 pixels: `node --import tsx bench/latent.ts`. It needs Chromium, draws at most 60 a second since
 * the screen does, and prints one JSON document.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { families } from '../src/cli/families.js';
import { startStudio } from '../studio/server/serve.js';

/** Looks at the rate that the page itself tells, a second apart. */
const looks = 10;

const folder = await mkdtemp(join(tmpdir(), 'mixgan-latent-'));
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const studio = await startStudio({
  ...{ folder, port: 0, families, version: '0.0.0' },
  commandLine: { program: process.execPath, args: ['--import', 'tsx', main] },
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${studio.url}#/latent`);
  await page.locator('canvas.picture').waitFor({ timeout: 120_000 });
  // The field's own pictures are drawn first.
  await sleep(3000);
  await page.getByRole('button', { name: 'Walk' }).click();
  await sleep(2000);
  const rates: number[] = [];
  const took: number[] = [];
  for (let look = 0; look < looks; look++) {
    await sleep(1000);
    const text = await page.locator('.rate').innerText();
    const [, rate, ms] = /^(\d+) pictures a second, ([\d.]+) ms each$/.exec(text) ?? [];
    if (rate === undefined) throw new Error(`the page tells no rate: “${text}”`);
    rates.push(Number(rate));
    took.push(Number(ms));
  }
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1]!;
  process.stdout.write(
    `${JSON.stringify({ picturesASecond: median(rates), least: Math.min(...rates), msEach: median(took) })}\n`,
  );
} finally {
  await browser.close();
  await studio.close();
  await rm(folder, { recursive: true, force: true });
}
