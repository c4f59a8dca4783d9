/** Pictures of the studio, of the runs in `samples`: `node --import tsx samples/studio/shots.ts [FOLDER]`. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium } from 'playwright-core';
import { families } from '../../src/cli/families.js';
import { startStudio } from '../../studio/server/serve.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = process.argv[2] ?? here;

const desk: BrowserContextOptions = { viewport: { width: 1200, height: 800 } };
const phone: BrowserContextOptions = {
  ...{ viewport: { width: 360, height: 720 }, deviceScaleFactor: 2, isMobile: true },
};

interface Shot {
  readonly name: string;
  readonly hash: string;
  readonly options: BrowserContextOptions;
  /** What has to be there first. */
  readonly ready: string;
}

const runs = 'runs=conditional,mnist-best';
const shots: readonly Shot[] = [
  { name: 'runs-light', hash: `#/runs?${runs}`, options: desk, ready: 'figure.chart' },
  {
    ...{ name: 'pictures-dark', hash: `#/pictures?${runs}&step=2600`, ready: '.grids img' },
    options: { ...desk, colorScheme: 'dark' },
  },
  {
    ...{ name: 'latent-light', hash: '#/latent?run=shipped-digits', ready: '#main canvas' },
    options: desk,
  },
  { name: 'runs-phone', hash: `#/runs?${runs}`, options: phone, ready: 'figure.chart' },
  {
    ...{ name: 'pictures-phone', hash: '#/pictures?runs=conditional', ready: '.grids img' },
    options: { ...phone, colorScheme: 'dark' },
  },
];

const studio = await startStudio({
  ...{ folder: join(here, '..'), port: 0, families, version: '0.0.0' },
  commandLine: {
    program: process.execPath,
    args: ['--import', 'tsx', fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))],
  },
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
try {
  for (const { name, hash, options, ready } of shots) {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(`${studio.url}${hash}`);
    await page.locator(ready).first().waitFor({ timeout: 60_000 });
    // Pictures and curves that come a moment later.
    await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined);
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(out, `${name}.png`) });
    await page.context().close();
  }
} finally {
  await browser.close();
  await studio.close();
}
