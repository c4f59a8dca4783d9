import type { Family } from '../../src/family/family.js';
import type { CommandLine } from './command-line.js';
import { Examinations } from './examinations.js';
import { Models } from './models.js';
import type { Library } from './resources.js';
import { Runs, type RunsOptions } from './runs.js';

export interface LibraryOptions extends Pick<RunsOptions, 'folder' | 'onChange' | 'onGone'> {
  readonly families: readonly Family[];
  readonly version: string;
  readonly commandLine: CommandLine;
  /** Whether a server answers; a site has files alone. */
  readonly isLive: boolean;
  /** Is told how an examination of a run goes on. */
  readonly onProgress?: (key: string, line: string) => void;
}

/** Everything that the page can read; the runs are still to be found. */
export async function openLibrary(options: LibraryOptions): Promise<Library> {
  const { folder, families, version, commandLine, isLive, onChange, onGone, onProgress } = options;
  const infos = await Promise.all(
    families.map(async ({ kind, title, model, report, runCommands }) => ({
      ...{ kind, title, model, isExamined: 'examine' in runCommands },
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
    examinations: new Examinations(commandLine, onProgress ?? (() => undefined)),
    hello: { version, isLive, families: infos, ...(isLive && { folder }) },
  };
}
