/** Evaluation in Chromium: the pictures behind the figures of runs that the test suite has. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeInBrowser } from '../describe.js';
import { fits, phone, studioPage, violations } from './visit.js';

const golden = fileURLToPath(new URL('../../golden/runs', import.meta.url));

const here = studioPage(async (folder) => {
  await cp(join(golden, 'classifier'), join(folder, 'reads'), { recursive: true });
  await cp(join(golden, 'gan'), join(folder, 'draws'), { recursive: true });
});

/** Computing it takes seconds, and minutes on a machine that does much else. */
async function examine(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'Examine' }).press('Enter');
  await page.getByRole('heading', { name: title }).waitFor({ timeout: 240_000 });
}

describeInBrowser('evaluation', () => {
  it('opens the pictures of a cell of the confusion matrix, by keys', async () => {
    await here.visit('#/evaluation?of=reads', async (page) => {
      expect(await page.locator('main pre').innerText()).toContain(`mixgan examine ${here.folder}`);
      await examine(page, 'What is taken for what');
      const counts = await page.locator('.confusion b').allInnerTexts();
      expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(2000);
      const cell = page.locator('.confusion .wrong button:not([disabled])').first();
      const told = /^(\d+) of (\d) taken for (\d)$/.exec((await cell.getAttribute('aria-label'))!)!;
      await cell.press('Enter');
      const opened = page.getByRole('region', { name: 'Pictures of the cell' });
      await opened.waitFor();
      const first = opened.locator('li').first();
      expect(await first.innerText()).toContain(`${told[2]} → ${told[3]}`);
      expect(await opened.locator('li').count()).toBe(Math.min(30, Number(told[1])));
      expect(page.url()).toContain(`cell=${told[2]},${told[3]}`);
      const sure = await page
        .locator('.gallery')
        .last()
        .locator('.quiet')
        .evaluateAll((spans) => spans.map((span) => Number.parseFloat(span.textContent ?? '')));
      expect(sure).toEqual(sure.toSorted((a, b) => b - a));
      expect(await violations(page)).toEqual([]);
    });
  });

  it('shows the training images nearest to what is drawn, and coverage by class', async () => {
    await here.visit(
      '#/evaluation?of=draws',
      async (page) => {
        await examine(page, 'Coverage by class');
        expect(await page.locator('.neighbours tbody tr').count()).toBe(20);
        const row = await page
          .locator('.neighbours tbody tr')
          .first()
          .locator('.sub')
          .allInnerTexts();
        expect(row).toHaveLength(5);
        expect(row.map(Number)).toEqual(row.map(Number).toSorted((a, b) => a - b));
        expect(await page.locator('meter').count()).toBe(10);
        expect(await fits(page)).toBe(true);
        expect(await violations(page)).toEqual([]);
      },
      { ...phone, colorScheme: 'dark' },
    );
  });
});
