/** The list of runs, and their curves, in Chromium. */
import { rm } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { grow, makeRun } from '../../studio/folders.js';
import { describeInBrowser } from '../describe.js';
import { fits, phone, studioPage, violations } from './visit.js';

let growing: string;

const here = studioPage(async (folder) => {
  growing = await makeRun(folder, 'growing', { lines: 30 });
  await makeRun(folder, 'other', { lines: 60, steps: 200, preset: '<script>alert(1)</script>' });
  await makeRun(folder, 'nan', { lines: 5, log: ['training diverged at step 6: loss is NaN; …'] });
});

const hash = '#/runs?runs=growing,other';
const lastOf = (page: Page, curve: string): Promise<string> =>
  page.locator('.legend li', { hasText: curve }).first().locator('b').innerText();

describeInBrowser('runs', () => {
  it('are listed with their state, and chosen by a press', async () => {
    await here.visit('', async (page) => {
      await page.locator('tbody tr').nth(2).waitFor();
      expect(await page.locator('tr', { hasText: 'nan' }).innerText()).toContain('✕ diverged');
      expect(await page.locator('tr', { hasText: 'other' }).innerText()).toContain(
        '<script>alert(1)</script>',
      );
      await page.check('tr:has-text("other") input');
      await page.locator('figure.chart').first().waitFor();
      expect(page.url()).toContain('runs=other');
      expect(await violations(page)).toEqual([]);
    });
  });

  it('stay where they were told of while the list, which does not have them, is on its way', async () => {
    await here.visit('', async (page) => {
      const row = (name: string) => page.locator('tbody tr', { hasText: name });
      await row('other').waitFor();
      let arrive = (): void => {};
      const isArriving = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      await page.route('**/runs.json', async (route) => {
        const response = await route.fetch();
        await isArriving;
        await route.fulfill({ response });
      });
      await page.reload();
      const run = await makeRun(here.folder, 'told');
      await row('told').waitFor();
      expect(await row('other').count()).toBe(0);
      arrive();
      await row('other').waitFor();
      expect(await row('told').count()).toBe(1);
      await rm(run, { recursive: true });
      await row('told').waitFor({ state: 'detached' });
    });
  });

  it('have curves that grow while one looks, without another request', async () => {
    await here.visit(`${hash}&smooth=0`, async (page) => {
      await page.locator('figure.chart').first().waitFor();
      expect(await lastOf(page, 'discriminator.loss · growing')).toBe('0.03333');
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await grow(growing, 31, { 'discriminator.loss': 0.125 });
      const shown = page.locator('.legend li', { hasText: 'discriminator.loss · growing' });
      await shown.getByText('0.125').waitFor({ timeout: 5000 });
      expect(asked).toEqual([]);
    });
  });

  it('are compared by keys alone', async () => {
    await here.visit(hash, async (page) => {
      const plot = page.locator('.plot').first();
      await plot.waitFor();
      await plot.focus();
      await page.keyboard.press('Home');
      expect(await page.locator('.legend .where').first().innerText()).toBe('step 1');
      await page.keyboard.press('ArrowRight');
      const spoken = page.locator('[aria-live]');
      await expect
        .poll(() => spoken.innerText())
        .toMatch(/^step \S+: discriminator.loss · growing/);
      await page.keyboard.press('+');
      expect(page.url()).toContain('zoom=');
      await page.keyboard.press('Escape');
      expect(page.url()).not.toContain('zoom=');
      await page.locator('summary', { hasText: 'Numbers' }).first().press('Enter');
      await expect.poll(() => page.locator('.chart tbody tr').count()).toBe(20);
      await page.locator('h1').click();
      await page.keyboard.press('?');
      expect(await page.locator('dialog').innerText()).toContain('this list');
      expect(await violations(page)).toEqual([]);
    });
  });

  it('are zoomed by the mouse, and saved as CSV and PNG', async () => {
    await here.visit(hash, async (page) => {
      const box = (await page.locator('.plot').first().boundingBox())!;
      const y = box.y + 100;
      await page.mouse.move(box.x + 100, y);
      await page.mouse.down();
      await page.mouse.move(box.x + 250, y, { steps: 4 });
      await page.mouse.up();
      await expect.poll(() => page.url()).toContain('zoom=');
      for (const kind of ['CSV', 'PNG']) {
        const download = page.waitForEvent('download');
        await page.locator('.chart button', { hasText: kind }).first().click();
        expect((await download).suggestedFilename()).toBe(`Losses.${kind.toLowerCase()}`);
      }
      await page.mouse.dblclick(box.x + 150, y);
      await expect.poll(() => page.url()).not.toContain('zoom=');
    });
  });

  it('fit a phone, and a dark room', async () => {
    await here.visit(
      hash,
      async (page) => {
        await page.locator('figure.chart').first().waitFor();
        expect(await fits(page)).toBe(true);
        expect(await violations(page)).toEqual([]);
      },
      { ...phone, colorScheme: 'dark' },
    );
  });
});
