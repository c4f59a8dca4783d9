/** Visits to the studio's page: what fails any of them is an error in the page, or a request to others. */
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { families } from '../../../src/cli/families.js';
import { type Studio, startStudio } from '../../../studio/server/serve.js';
import { commandLine } from '../../studio/command-line.js';
import { emptyFolder } from '../../studio/folders.js';
import { browserPath, launch } from '../chromium.js';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const studioOf = (folder: string): Promise<Studio> =>
  startStudio({ folder, port: 0, families, version: '0.0.0', commandLine });

export const phone: BrowserContextOptions = {
  ...{ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};

/**
 * @param url of the page
 * @param hash `#/runs?…`
 */
export async function visit(
  browser: Browser,
  url: string,
  hash: string,
  use: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const asked: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('request', (request) => asked.push(request.url()));
  try {
    await page.goto(`${url}${hash}`);
    await use(page);
    expect(errors).toEqual([]);
    const others = asked.filter((other) => !other.startsWith(url) && !/^(blob|data):/.test(other));
    expect(others).toEqual([]);
  } finally {
    await context.close();
  }
}

/** The page of a studio on a folder of its own, in Chromium. */
export interface StudioPage {
  readonly folder: string;
  readonly studio: Studio;
  readonly browser: Browser;
  /** `visit` of this page. */
  visit(
    hash: string,
    use: (page: Page) => Promise<void>,
    options?: BrowserContextOptions,
  ): Promise<void>;
  /** `visit` of the page of another studio, on a folder that has no runs. */
  visitEmpty(hash: string, use: (page: Page) => Promise<void>): Promise<void>;
}

/**
 * It is there while the tests of a file run.
 * @param fill makes what the studio is of
 */
export function studioPage(fill: (folder: string) => Promise<unknown>): StudioPage {
  const page = {} as { -readonly [Key in keyof StudioPage]: StudioPage[Key] };
  page.visit = (...rest) => visit(page.browser, page.studio.url, ...rest);
  page.visitEmpty = async (...rest) => {
    const empty = await emptyFolder();
    const other = await studioOf(empty);
    try {
      await visit(page.browser, other.url, ...rest);
    } finally {
      await other.close();
      await rm(empty, { recursive: true });
    }
  };
  beforeAll(async () => {
    if (browserPath === undefined) return;
    page.folder = await emptyFolder();
    await fill(page.folder);
    page.studio = await studioOf(page.folder);
    page.browser = await launch();
  });
  afterAll(async () => {
    await page.browser?.close();
    await page.studio?.close();
    if (page.folder !== undefined) await rm(page.folder, { recursive: true, force: true });
  });
  return page;
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe-core has against the page as it is now. */
export async function violations(page: Page): Promise<string[]> {
  // Scripts of others are what the page's own policy refuses; the debugger may.
  await page.evaluate(`${await readFile(axePath, 'utf8')}; 0`);
  const result = (await page.evaluate('axe.run()')) as AxeResult;
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`),
  );
}

/** Whether the page is no wider than its window. */
export const fits = async (page: Page): Promise<boolean> =>
  (await page.evaluate('document.documentElement.scrollWidth <= innerWidth')) as boolean;
