import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { UsageError } from '../../errors.js';
import type { Family } from '../../family/family.js';
import { isFolder, isThere } from '../../files.js';
import { onInterrupt } from '../../train/interrupt.js';
import type { Definition } from '../definition.js';
import { jsonFlag, valuesOf } from '../options.js';
import { print, say } from '../output.js';

const flags = {
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .meta({ description: 'port of 127.0.0.1; 0 takes a free one', flag: 'N' }),
  open: z.boolean().exactOptional().describe('open the page in the browser'),
  ...jsonFlag,
};

/** `mixgan studio [FOLDER]`: a page of runs, for as long as the command runs. */
export async function studioDefinition(
  families: readonly Family[],
  version: string,
): Promise<Definition> {
  return {
    args: [['[folder]', 'holds the folders of runs, at any depth (default: runs)']],
    flags,
    notes: `
It listens to this machine alone, asks nobody else for anything, and ends by Ctrl-C. Trainings that
were started from the page are then asked to stop: they save, and can be resumed.`,
    act: async ([given], values) => {
      const folder = (given as string | undefined) ?? 'runs';
      if ((await isThere(folder)) && !(await isFolder(folder))) {
        throw new UsageError(`${folder} is a file; give the folder that holds runs`);
      }
      const { port, open, json } = valuesOf(z.object(flags), values);
      const { startStudio } = await import('../../../studio/server/serve.js');
      const studio = await startStudio({
        ...{ folder, port, families, version },
        commandLine: {
          program: process.execPath,
          args: [...process.execArgv, process.argv[1]!],
        },
      });
      const { url } = studio;
      print(json, { document: { url }, text: () => url });
      if (open === true) openInBrowser(url);
      const interrupt = await interrupted();
      if (studio.trainings > 0) say('waiting for trainings of the page to save');
      await studio.close();
      interrupt.dispose();
    },
  };
}

async function interrupted(): Promise<ReturnType<typeof onInterrupt>> {
  const asked = new EventTarget();
  const interrupt = onInterrupt({ onRequest: () => asked.dispatchEvent(new Event('asked')) });
  await once(asked, 'asked');
  return interrupt;
}

/** With what the system has for it; where that is missing, the address was printed all the same. */
function openInBrowser(url: string): void {
  const openers: Readonly<Record<string, readonly [string, ...string[]]>> = {
    darwin: ['open', url],
    win32: ['cmd', '/c', 'start', '', url],
  };
  const [program, ...args] = openers[process.platform] ?? ['xdg-open', url];
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.once('error', () => say(`no browser could be opened; the address is ${url}`));
  child.unref();
}
