import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { UsageError } from '../../errors.js';
import type { Family } from '../../family/family.js';
import { outFlag } from '../../family/flags.js';
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
  export: outFlag(
    'write a site for any server of files instead: a folder that is new',
  ).exactOptional(),
  run: z.array(z.string().min(1)).exactOptional().meta({
    description: 'of the site: one run below the folder; may be repeated (default: all)',
    flag: 'NAME',
  }),
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
      const { port, open, json, export: out, run: names = [] } = valuesOf(z.object(flags), values);
      const commandLine = {
        program: process.execPath,
        args: [...process.execArgv, process.argv[1]!],
      };
      if (out !== undefined) {
        const { writeSite } = await import('../../../studio/server/site.js');
        const common = { folder, families, version, commandLine, say };
        const site = await writeSite({ ...common, out, names });
        const text = `${out}: ${site.runs.length} runs, ${(site.bytes / 1e6).toFixed(1)} MB`;
        print(json, { document: { site: out, ...site }, text: () => text });
        return;
      }
      if (names.length > 0) throw new UsageError('--run is for --export: the page shows all runs');
      const { startStudio } = await import('../../../studio/server/serve.js');
      const studio = await startStudio({
        ...{ folder, port, families, version, commandLine },
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
