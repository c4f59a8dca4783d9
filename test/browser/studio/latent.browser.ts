/** The latent explorer, in Chromium, on generators that the test suite has. */
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Download, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { decodePng } from '../../../src/image/png.js';
import { describeInBrowser } from '../describe.js';
import { fits, phone, studioPage, violations } from './visit.js';

const golden = fileURLToPath(new URL('../../golden/runs', import.meta.url));

const here = studioPage(async (folder) => {
  await cp(join(golden, 'gan'), join(folder, 'gan'), { recursive: true });
});

/** What is on the large canvas, to be compared. */
const pixels = (page: Page): Promise<string> =>
  page
    .locator('canvas.picture')
    .evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());

async function ready(page: Page): Promise<void> {
  await page.locator('canvas.picture').waitFor({ timeout: 120_000 });
  await expect
    .poll(async () => (await pixels(page)).length, { timeout: 30_000 })
    .toBeGreaterThan(300);
}

async function downloaded(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const waiting: Promise<Download> = page.waitForEvent('download');
  await page.getByRole('button', { name: button, exact: true }).click();
  const download = await waiting;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

describeInBrowser('latent', () => {
  it('is dragged over by the mouse, and stands in the address', async () => {
    await here.visit('#/latent', async (page) => {
      await ready(page);
      const before = await pixels(page);
      expect(await page.locator('.place').innerText()).toBe('seed 0');
      const box = (await page.locator('.latent-pad').boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.6, { steps: 5 });
      await page.mouse.up();
      await expect.poll(() => pixels(page)).not.toBe(before);
      expect(await page.locator('.place').innerText()).toMatch(/^near seed /);
      await expect.poll(() => page.url()).toMatch(/[?&]at=1(\.\d+)?,0\.5/);
      const there = await pixels(page);
      await page.reload();
      await ready(page);
      await expect.poll(() => pixels(page)).toBe(there);
      expect(await violations(page)).toEqual([]);
    });
  });

  it('is explored by keys alone: places, a walk, finds', async () => {
    await here.visit('#/latent', async (page) => {
      await ready(page);
      await page.locator('.latent-pad').focus();
      await page.keyboard.press('Shift+ArrowRight');
      await page.keyboard.press('Shift+ArrowRight');
      await page.keyboard.press('Shift+ArrowUp');
      expect(await page.locator('.place').innerText()).toBe('seed 999002');
      await expect.poll(() => page.locator('[aria-live]').innerText()).toBe('seed 999002');
      await page.locator('h1').click();
      await page.keyboard.press('k');
      await page.locator('.finds li').waitFor();
      const kept = await pixels(page);
      await page.keyboard.press(' ');
      await expect.poll(() => page.locator('.place').innerText()).not.toBe('seed 999002');
      await page.keyboard.press(' ');
      await page.getByRole('button', { name: /^Show find 1/ }).press('Enter');
      await expect.poll(() => pixels(page)).toBe(kept);
      await page.reload();
      await ready(page);
      expect(await page.locator('.finds li').count()).toBe(1);
      await page.getByRole('button', { name: 'Leave out find 1' }).press('Enter');
      expect(await page.locator('.finds li').count()).toBe(0);
    });
  });

  it('gives pictures, walks and latents to keep, and takes latents back', async () => {
    await here.visit('#/latent?at=3,4&class=2', async (page) => {
      await ready(page);
      await expect.poll(() => page.locator('.place').innerText()).toBe('seed 4003');
      const shown = await pixels(page);
      const png = await downloaded(page, 'PNG');
      expect(png.name).toBe('gan-seed-4003.png');
      expect(decodePng(png.bytes)).toMatchObject({ width: 280, height: 280 });
      const gif = await downloaded(page, 'GIF');
      expect(gif.bytes.subarray(0, 6).toString()).toBe('GIF89a');
      const latent = await downloaded(page, 'Latent');
      const { latent: numbers, label } = JSON.parse(latent.bytes.toString());
      expect(numbers).toHaveLength(4);
      expect(label).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
      await page.selectOption('label:has-text("Class") select', '5');
      await expect.poll(() => pixels(page)).not.toBe(shown);
      const file = { name: 'mine.json', mimeType: 'application/json', buffer: latent.bytes };
      await page.setInputFiles('input[type=file]', file);
      await expect.poll(() => pixels(page)).toBe(shown);
      await page.setInputFiles('input[type=file]', {
        ...file,
        buffer: Buffer.from('{"latent":[1]}'),
      });
      expect(await page.locator('.explorer [role=alert]').innerText()).toBe(
        'mine.json: its latent has 1 numbers, and this generator takes 4',
      );
    });
  });

  it('blends four pictures, which may be finds, and limits latents', async () => {
    await here.visit('#/latent', async (page) => {
      await ready(page);
      await page.keyboard.press('k');
      await page.selectOption('label:has-text("Over") select', 'four');
      const corner = page.getByLabel('upper right');
      await corner.fill('find 1');
      await corner.press('Enter');
      await expect.poll(() => page.url()).toContain('corners=0,find+1,2,3');
      expect(await page.locator('.place').innerText()).toBe('50% to the right, 50% down');
      const before = await pixels(page);
      await page.getByLabel('Truncation').press('Home');
      await expect.poll(() => pixels(page)).not.toBe(before);
      expect(page.url()).toContain('within=0.1');
      expect(await violations(page)).toEqual([]);
    });
  });

  it('fits a phone, by touch, in a dark room', async () => {
    await here.visit(
      '#/latent',
      async (page) => {
        await ready(page);
        await page.locator('.latent-pad').tap({ position: { x: 30, y: 30 } });
        await expect.poll(() => page.locator('.place').innerText()).not.toBe('seed 0');
        expect(await fits(page)).toBe(true);
        expect(await violations(page)).toEqual([]);
      },
      { ...phone, colorScheme: 'dark' },
    );
  });

  it('has a generator that comes with the package, and says how to make one', async () => {
    await here.visitEmpty('#/latent', async (page) => {
      await ready(page);
      expect(await page.locator('.pick option:checked').innerText()).toContain('comes with mixgan');
      expect(await page.locator('main').innerText()).toContain('mixgan train gan');
      expect(await page.locator('main code').last().innerText()).toMatch(
        /^mixgan sample [\w-]+ --seed 0/,
      );
    });
  });
});
