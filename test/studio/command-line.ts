import { fileURLToPath } from 'node:url';

/** `mixgan` of this clone. */
export const commandLine = {
  program: process.execPath,
  args: [
    '--import',
    import.meta.resolve('tsx'),
    fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url)),
  ],
};
