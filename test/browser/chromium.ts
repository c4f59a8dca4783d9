/**
 * A browser to test in: Debian's `chromium`, or the one that `CHROMIUM` names.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where the browser is; `undefined` where there is none. */
export const browserPath: string | undefined = [process.env.CHROMIUM ?? '', ...usual].find(
  (path) => path !== '' && existsSync(path),
);

/** Told by every test that is left out for want of a browser. */
export const noBrowser =
  'there is no Chromium: run apt-get install chromium libvulkan1, or name one by CHROMIUM';

/** @param args of the browser's command line, beside those that a container needs */
export function launch(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath!,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  });
}

/** A page that fails its test by what it throws or complains of. */
export async function open(
  browser: Browser,
  url: string,
): Promise<{ page: Page; errors: string[] }> {
  const page = await (await browser.newContext({ acceptDownloads: true })).newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}
