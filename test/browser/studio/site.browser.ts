/** A published site, on a server that knows nothing but files, in Chromium. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { families } from '../../../src/cli/families.js';
import { writeSite } from '../../../studio/server/site.js';
import { commandLine } from '../../studio/command-line.js';
import { emptyFolder, makeRun } from '../../studio/folders.js';
import { browserPath, launch } from '../chromium.js';
import { describeInBrowser } from '../describe.js';
import { served } from '../serve.js';
import { fits, phone, violations, visit } from './visit.js';

let folder: string;
let browser: Browser;
let site: { url: string; close: () => void };

beforeAll(async () => {
  if (browserPath === undefined) return;
  folder = await emptyFolder();
  await makeRun(join(folder, 'runs'), 'a', { lines: 50, pictures: [0, 25] });
  await makeRun(join(folder, 'runs'), 'deep/b', { lines: 20, pictures: [10] });
  const out = join(folder, 'site');
  const say = (): void => undefined;
  await writeSite({
    ...{ folder: join(folder, 'runs'), names: [], out, families, version: '0.0.0' },
    ...{ commandLine, say },
  });
  site = await served(out, false);
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  site?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describeInBrowser('a site', () => {
  it('shows runs and their curves, and offers nothing that needs a server', async () => {
    await visit(browser, site.url, '#/runs?runs=a', async (page) => {
      await page.locator('figure.chart').first().waitFor();
      expect(await page.locator('tbody tr:has-text("deep/b")').count()).toBe(1);
      expect(await page.getByRole('button', { name: 'Go on' }).count()).toBe(0);
      expect(await violations(page)).toEqual([]);
    });
  });

  it('trains in a tab, and offers no command', async () => {
    await visit(browser, site.url, '#/train', async (page) => {
      const link = page.getByRole('link', { name: 'open it in another tab' });
      await link.waitFor();
      expect(await page.getByRole('button', { name: 'Start' }).count()).toBe(0);
      await page.goto(`${site.url}${await link.getAttribute('href')}&threads=1&steps=2`);
      await page.click('#train');
      await page
        .locator('#status', { hasText: 'Finished after 2 steps' })
        .waitFor({ timeout: 200_000 });
    });
  });

  it('draws with the generator that comes with the package', async () => {
    await visit(browser, site.url, '#/latent?at=2,0', async (page) => {
      await page.locator('canvas.picture').waitFor({ timeout: 60_000 });
      await expect.poll(() => page.locator('.place').innerText()).toBe('seed 2');
      expect(await page.locator('.explorer code').innerText()).toMatch(
        /^mixgan sample digits --seed 2 /,
      );
      // A canvas that nothing was drawn on has fewer bytes.
      const size = () =>
        page
          .locator('canvas.picture')
          .evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL().length);
      await expect.poll(size, { timeout: 30_000 }).toBeGreaterThan(400);
      expect(await page.locator('nav').innerText()).not.toContain('Evaluation');
    });
  });

  it('shows pictures in time, on a phone', async () => {
    await visit(
      browser,
      site.url,
      '#/pictures?runs=a',
      async (page) => {
        await page.locator('.grids img').first().waitFor();
        await page.keyboard.press('[');
        await expect
          .poll(() => page.locator('.grids img').getAttribute('src'))
          .toContain('fakes-000000.png');
        expect(await fits(page)).toBe(true);
      },
      phone,
    );
  });
});
