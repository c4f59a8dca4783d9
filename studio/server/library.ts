import type { Family } from '../../src/family/family.js';
import type { CommandLine } from './command-line.js';
import { Models } from './models.js';
import type { Library } from './resources.js';
import { Runs, type RunsOptions } from './runs.js';

export interface LibraryOptions extends Pick<RunsOptions, 'folder' | 'onChange' | 'onGone'> {
  readonly families: readonly Family[];
  readonly version: string;
  readonly commandLine: CommandLine;
  /** Whether a server answers; a site has files alone. */
  readonly isLive: boolean;
}

/** Everything that the page can read; the runs are still to be found. */
export async function openLibrary(options: LibraryOptions): Promise<Library> {
  const { folder, families, version, commandLine, isLive, onChange, onGone } = options;
  const infos = await Promise.all(
    families.map(async ({ kind, title, model, report }) => ({
      ...{ kind, title, model },
      charts: (await report()).curves,
    })),
  );
  const sparkNames = new Map(
    infos.map(({ kind, charts }) => [kind, charts.flatMap(({ names }) => names)]),
  );
  return {
    families,
    runs: new Runs({ folder, sparkNames, onChange, onGone }),
    models: new Models(commandLine),
    hello: { version, isLive, families: infos, ...(isLive && { folder }) },
  };
}
