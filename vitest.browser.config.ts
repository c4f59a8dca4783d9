import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: what needs a browser, and is left out, saying so, where there is none. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.browser.ts'],
    setupFiles: ['test/support/setup.ts'],
    pool: 'forks',
    // A browser takes all cores.
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A shared machine may take seconds over a key press: one second, the default, is a coin toss.
    expect: { poll: { timeout: 60_000, interval: 100 } },
  },
});
