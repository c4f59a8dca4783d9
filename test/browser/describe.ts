import { describe } from 'vitest';
import { browserPath, noBrowser } from './chromium.js';

/** Tests that need the browser; left out, with the reason, where there is none. */
export function describeInBrowser(what: string, tests: () => void): void {
  const title = browserPath === undefined ? `${what} (${noBrowser})` : what;
  describe.skipIf(browserPath === undefined)(title, tests);
}
