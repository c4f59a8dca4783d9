/** Trainings begun, stopped and gone on with from the page, in Chromium; each is a real one. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeInBrowser } from '../describe.js';
import { fits, phone, studioPage, violations } from './visit.js';

// The first training makes it.
const here = studioPage((folder) => rm(folder, { recursive: true }));

const stage = '{"channels":4,"numBlocks":1,"tokenDim":4,"channelDim":4}';

async function fill(page: Page, key: string, value: string): Promise<void> {
  const field = page.getByLabel(key, { exact: true });
  await field.fill(value);
  await field.press('Tab');
}

const commandOf = (page: Page): Promise<string> => page.locator('form .typed pre').innerText();

describeInBrowser('trainings of the page', () => {
  it('are the command that is shown; they stop, and go on', async () => {
    await here.visit('#/train?kind=gan&preset=mnist-quick', async (page) => {
      await page.locator('form summary').click();
      await fill(page, 'steps', '100000');
      await fill(page, 'batchSize', '4');
      await fill(page, 'generator.latentDim', '4');
      await fill(page, 'generator.stages', `[${stage},${stage}]`);
      await fill(page, 'discriminator.channels', '4');
      await fill(page, 'logEvery', '1');
      await fill(page, 'pictureEvery', '1000');
      await expect.poll(() => commandOf(page)).toContain('--set logEvery=1');
      const command = await commandOf(page);
      expect(command).toMatch(/^mixgan train gan --preset mnist-quick --set steps=100000 /);
      expect(command).toContain(`--set 'generator.stages=[${stage},${stage}]'`);
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Start' }).press('Enter');

      const item = page.locator('.active li').first();
      await item.getByText('running').waitFor({ timeout: 60_000 });
      const name = await item.locator('b').innerText();
      await expect
        .poll(() => item.locator('.quiet').first().innerText(), { timeout: 60_000 })
        .toMatch(/^[1-9][\d,]* of 100,000/);
      await item.getByRole('button', { name: 'Stop' }).click();
      await item.getByText('stopped').waitFor({ timeout: 60_000 });
      expect(await readFile(join(here.folder, name, 'log.txt'), 'utf8')).toContain(
        'stopped after step',
      );
      await item.getByRole('button', { name: 'Go on' }).click();
      await item.getByText('running').waitFor({ timeout: 60_000 });
      expect(here.studio.trainings).toBe(1);
    });
  });

  it('keep what is being typed while the command of what was comes', async () => {
    await here.visit('#/train?kind=gan&preset=mnist-quick', async (page) => {
      await page.locator('form summary').click();
      await fill(page, 'batchSize', '4');
      const next = page.getByLabel('data', { exact: true });
      await next.fill('nowhere at ');
      await expect.poll(() => commandOf(page)).toContain('--set batchSize=4');
      await next.pressSequentially('all');
      expect(await next.inputValue()).toBe('nowhere at all');
      await next.press('Tab');
      await expect.poll(() => commandOf(page)).toContain(`'data="nowhere at all"'`);
    });
  });

  it('that cannot be say why, and leave nothing behind', async () => {
    await here.visit('#/train?kind=gan&preset=mnist-quick', async (page) => {
      await page.locator('form summary').click();
      await fill(page, 'data', 'nowhere at all');
      await fill(page, 'generator.stages', '[]');
      await expect.poll(() => commandOf(page)).toContain(`'data="nowhere at all"'`);
      await page.getByRole('button', { name: 'Start' }).click();
      const problem = page.locator('form [role="alert"]');
      await problem.waitFor({ timeout: 60_000 });
      expect(await problem.innerText()).toContain('generator.stages');
    });
  });

  it('are set up on a phone', async () => {
    await here.visit(
      '#/train?kind=classifier',
      async (page) => {
        await page.locator('form summary').tap();
        expect(await fits(page)).toBe(true);
        expect(await violations(page)).toEqual([]);
      },
      { ...phone, colorScheme: 'dark' },
    );
  });

  it('run in a tab of their own, without a command', async () => {
    await here.visit('tab/index.html?device=wasm&threads=1&steps=2', async (page) => {
      await page.click('#train');
      await page
        .locator('#status', { hasText: 'Finished after 2 steps' })
        .waitFor({ timeout: 200_000 });
    });
  });

  it('are stopped, and saved, with the studio', async () => {
    expect(here.studio.trainings).toBe(1);
    await here.studio.close();
    expect(here.studio.trainings).toBe(0);
  });
});
