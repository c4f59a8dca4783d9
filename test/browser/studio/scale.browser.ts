/** A thousand runs, and one of 100,000 lines, in Chromium. */
import { expect, it } from 'vitest';
import { grow, makeRun } from '../../studio/folders.js';
import { describeInBrowser } from '../describe.js';
import { studioPage } from './visit.js';

let long: string;

const here = studioPage(async (folder) => {
  for (let i = 0; i < 1000; i++) {
    const name = `run-${String(i).padStart(4, '0')}`;
    await makeRun(folder, name, { lines: 5, log: ['finished after step 5'] });
  }
  long = await makeRun(folder, 'long', { lines: 100_000, steps: 200_000 });
});

describeInBrowser('many runs', () => {
  it('are listed some at a time, and found by a pattern', async () => {
    await here.visit('#/runs?order=name', async (page) => {
      await page.getByText('1,001 of 1,001 runs').waitFor({ timeout: 60_000 });
      const rows = page.locator('.rows tbody tr');
      expect(await rows.count()).toBe(50);
      await page.getByRole('button', { name: 'Show 50 more of 951' }).click();
      expect(await rows.count()).toBe(100);
      await page.getByLabel('Filter').fill('run-0[12]7\\d$');
      await page.getByText('20 of 1,001 runs').waitFor();
      // No pattern, so text as it is.
      await page.getByLabel('Filter').fill('(');
      await page.getByText('0 of 1,001 runs').waitFor();
      await page.getByLabel('Filter').fill('run-0999');
      await page.locator('.rows tbody input').first().check();
      await page.locator('figure.chart').first().waitFor();
    });
  });

  it('of 100,000 lines have curves that still grow', async () => {
    await here.visit('#/runs?runs=long&smooth=0', async (page) => {
      await page.locator('figure.chart').first().waitFor({ timeout: 60_000 });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await grow(long, 100_001, { 'discriminator.loss': 77 });
      await page.locator('.legend b', { hasText: '77' }).first().waitFor();
      expect(asked).toEqual([]);
      await page.locator('.plot').first().focus();
      await page.keyboard.press('End');
      expect(await page.locator('.legend .where').first().innerText()).toBe('step 100k');
    });
  });
});
