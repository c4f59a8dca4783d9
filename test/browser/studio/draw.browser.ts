/** Drawing for a classifier, in Chromium. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { encodePng } from '../../../src/image/png.js';
import { mixgan, succeeding } from '../../support/cli.js';
import { describeInBrowser } from '../describe.js';
import { fits, phone, studioPage, violations } from './visit.js';

const golden = fileURLToPath(new URL('../../golden/runs', import.meta.url));

const here = studioPage(async (folder) => {
  await cp(join(golden, 'classifier'), join(folder, 'digits'), { recursive: true });
});

/** A dark seven on grey paper, [280, 280]. */
const seven = encodePng({
  ...{ width: 280, height: 280, channels: 1 },
  pixels: Uint8Array.from({ length: 280 ** 2 }, (_, i) => {
    const [x, y] = [i % 280, Math.floor(i / 280)];
    const isTop = y >= 60 && y < 85 && x >= 80 && x < 190;
    const isLeg = y >= 60 && y < 220 && Math.abs(x - (190 - (y - 60) * 0.45)) < 13;
    return isTop || isLeg ? 30 : 220;
  }),
});

const shares = async (page: Page): Promise<string[]> =>
  page.locator('.bars .share').allInnerTexts();

async function ready(page: Page): Promise<void> {
  await page.locator('.draw-pad').waitFor({ timeout: 120_000 });
  expect(await shares(page)).toEqual(
    Array(10)
      .fill('–')
      .slice(0, (await shares(page)).length),
  );
}

describeInBrowser('draw', () => {
  it('names what the mouse draws while it does, and nothing where nothing is', async () => {
    await here.visit('#/draw', async (page) => {
      await ready(page);
      expect(await page.locator('.verdict').innerText()).toBe('Draw something.');
      const box = (await page.locator('.draw-pad').boundingBox())!;
      await page.mouse.move(box.x + 60, box.y + 60);
      await page.mouse.down();
      await page.mouse.move(box.x + 60, box.y + 200, { steps: 6 });
      await expect.poll(() => page.locator('.verdict').innerText()).toMatch(/^\d$/);
      await page.mouse.up();
      const before = await shares(page);
      expect(before).toHaveLength(10);
      expect(before.reduce((sum, text) => sum + Number.parseFloat(text), 0)).toBeGreaterThan(90);
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Clear' }).click();
      await expect.poll(() => page.locator('.verdict').innerText()).toBe('Draw something.');
    });
  });

  it('sees of a line, wherever and however large it is drawn, what MNIST would have of it', async () => {
    await here.visit('#/draw', async (page) => {
      await ready(page);
      const box = (await page.locator('.draw-pad').boundingBox())!;
      const seen = async (x: number, from: number, to: number): Promise<number[]> => {
        await page.getByRole('button', { name: 'Clear' }).click();
        await page.mouse.move(box.x + x, box.y + from);
        await page.mouse.down();
        await page.mouse.move(box.x + x, box.y + to, { steps: 4 });
        await page.mouse.up();
        await expect.poll(() => page.locator('.verdict').innerText()).toMatch(/^\d$/);
        return page.locator('canvas.seen').evaluate((element) => {
          const canvas = element as unknown as {
            getContext(kind: string): {
              getImageData(...box: number[]): { data: Iterable<number> };
            };
          };
          return [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].filter(
            (_, i) => i % 4 === 0,
          );
        });
      };
      const rows = (pixels: readonly number[]): number[] =>
        [...Array(28).keys()].filter((y) =>
          pixels.slice(28 * y, 28 * y + 28).some((value) => value > 25),
        );
      for (const pixels of [await seen(50, 40, 260), await seen(250, 150, 230)]) {
        expect([rows(pixels)[0], rows(pixels).at(-1)]).toEqual([4, 23]);
        const mass = pixels.reduce((sum, value) => sum + value, 0);
        const centre = pixels.reduce((sum, value, i) => sum + value * (i % 28), 0) / mass;
        expect(Math.abs(centre - 13.5)).toBeLessThanOrEqual(1);
      }
    });
  });

  it('says of a photograph what mixgan predict says', async () => {
    const file = join(here.folder, 'seven.png');
    await writeFile(file, seven);
    const told = await succeeding(mixgan(['predict', join(here.folder, 'digits'), file, '--json']));
    const [first] = JSON.parse(told.stdout);
    await here.visit('#/draw', async (page) => {
      await ready(page);
      await page.setInputFiles('input[type=file]', file);
      await expect.poll(() => page.locator('.verdict').innerText()).toBe(first.name);
      const best = await page.locator('.bars .best .share').innerText();
      expect(Math.abs(Number.parseFloat(best) - 100 * first.probability)).toBeLessThan(1.5);
      await page.setInputFiles('input[type=file]', {
        ...{ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('not a picture') },
      });
      expect(await page.locator('main [role=alert]').innerText()).toBe(
        'no.png is no picture that this browser opens',
      );
    });
  });

  it('is drawn on by keys alone', async () => {
    await here.visit('#/draw', async (page) => {
      await ready(page);
      await page.evaluate(`
          spoken = [];
          const live = document.querySelector('p[aria-live]');
          new MutationObserver(() => spoken.push(live.textContent)).observe(live, {
            ...{ childList: true, characterData: true, subtree: true },
          });
        `);
      const spoken = async (): Promise<string> =>
        (await page.evaluate<string[]>('spoken')).join('; ');
      await page.locator('.draw-pad').focus();
      await page.keyboard.press(' ');
      for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press(' ');
      await expect.poll(() => page.locator('.verdict').innerText()).toMatch(/^\d$/);
      // In either order: a verdict may come before the pen is up.
      await expect.poll(spoken).toMatch(/pen up/);
      await expect.poll(spoken).toMatch(/\b\d, \d/);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Backspace');
      await expect.poll(() => page.locator('.verdict').innerText()).toBe('Draw something.');
    });
  });

  it('fits a phone, which does not scroll under the finger', async () => {
    await here.visit(
      '#/draw',
      async (page) => {
        await ready(page);
        expect(
          await page.evaluate(`getComputedStyle(document.querySelector('.draw-pad')).touchAction`),
        ).toBe('none');
        await page.locator('.draw-pad').tap({ position: { x: 90, y: 90 } });
        await expect.poll(() => page.locator('.verdict').innerText()).toMatch(/^\d$/);
        expect(await fits(page)).toBe(true);
        expect(await violations(page)).toEqual([]);
      },
      { ...phone, colorScheme: 'dark' },
    );
  });

  it('has a classifier that comes with the package where there is no other', async () => {
    await here.visitEmpty('#/draw', async (page) => {
      await ready(page);
      expect(await page.locator('.pick option:checked').innerText()).toContain('comes with mixgan');
      expect(await page.locator('main').innerText()).toContain('mixgan train classifier');
    });
  });
});
