/** Pictures in time, in Chromium. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { makeRun, picture, pictureName } from '../../studio/folders.js';
import { describeInBrowser } from '../describe.js';
import { fits, phone, studioPage, violations } from './visit.js';

const here = studioPage(async (folder) => {
  await makeRun(folder, 'a', { lines: 60, pictures: [0, 20, 40, 60] });
  const b = await makeRun(folder, 'b', { lines: 30, pictures: [0, 30] });
  await writeFile(join(b, 'reals.png'), picture(200));
  await makeRun(folder, 'none', { lines: 3 });
});

const hash = '#/pictures?runs=a,b';
/** The pictures that are shown, by the steps in their addresses. */
const shown = (page: Page): Promise<string[]> =>
  page
    .locator('.grids img')
    .evaluateAll((images) =>
      images.map((image) => (image as { src?: string }).src!.slice(-16, -4)),
    );
const nameOf = (step: number): string => pictureName(step).slice(0, -4);

describeInBrowser('pictures', () => {
  it('of all runs follow one slider, with the figures of their very step', async () => {
    await here.visit(hash, async (page) => {
      await page.locator('.grids img').nth(1).waitFor();
      expect(await shown(page)).toEqual([nameOf(60), nameOf(30)]);
      await page.locator('.step input').fill('2');
      await expect.poll(() => shown(page)).toEqual([nameOf(20), nameOf(30)]);
      expect(page.url()).toContain('step=30');
      await page.locator('.step input').fill('1');
      await expect.poll(() => shown(page)).toEqual([nameOf(20), nameOf(0)]);
      await page.locator('.grid summary').first().click();
      const figures = await page.locator('.grid').first().innerText();
      expect(figures).toContain('discriminator.loss\n0.05');
      expect(await page.locator('.grid').nth(1).innerText()).toContain(
        'Nothing was logged up to step 0.',
      );
      expect(await violations(page)).toEqual([]);
    });
  });

  it('play by a key, and stop at the last', async () => {
    await here.visit(`${hash}&step=20`, async (page) => {
      await page.locator('.grids img').nth(1).waitFor();
      await page.keyboard.press('[');
      await expect.poll(() => shown(page)).toEqual([nameOf(0), nameOf(0)]);
      await page.keyboard.press(' ');
      await expect.poll(() => page.locator('button.main').innerText()).toBe('Pause');
      await expect.poll(() => shown(page), { timeout: 10_000 }).toEqual([nameOf(60), nameOf(30)]);
      await expect.poll(() => page.locator('button.main').innerText()).toBe('Play');
    });
  });

  it('that are drawn meanwhile appear', async () => {
    await here.visit('#/pictures?runs=a', async (page) => {
      await page.locator('.grids img').first().waitFor();
      await writeFile(join(here.folder, 'a', pictureName(80)), picture(80));
      await expect.poll(() => shown(page), { timeout: 5000 }).toEqual([nameOf(80)]);
      await rm(join(here.folder, 'a', pictureName(80)));
    });
  });

  it('lie under a curtain, that keys move', async () => {
    await here.visit(`${hash}&as=curtain`, async (page) => {
      const edge = page.getByLabel('Place of the curtain');
      await edge.waitFor();
      await edge.press('Home');
      const clip = () => page.locator('.curtain .top').getAttribute('style');
      await expect.poll(clip).toContain('inset(0px 0px 0px 0%)');
      await page.getByLabel('Right').selectOption({ label: 'b, training images' });
      await expect
        .poll(() => page.locator('.curtain .top').getAttribute('src'))
        .toContain('reals.png');
      expect(await violations(page)).toEqual([]);
    });
  });

  it('stand still in a row for who wants no motion, and fit a phone', async () => {
    const options = { ...phone, colorScheme: 'dark', reducedMotion: 'reduce' } as const;
    await here.visit(
      hash,
      async (page) => {
        await page.locator('.strip button').nth(3).waitFor();
        await page.locator('.strip button').nth(1).tap();
        await expect.poll(() => shown(page)).toEqual([nameOf(20), nameOf(0)]);
        expect(await fits(page)).toBe(true);
        expect(await violations(page)).toEqual([]);
      },
      options,
    );
  });
});
