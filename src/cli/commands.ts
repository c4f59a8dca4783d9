/**
 * Which commands there are: those of this package, and those that families bring.
 */
import type { Family } from '../family/family.js';
import type { CommandEntry } from './definition.js';

type Entries = Readonly<Record<string, CommandEntry>>;

/** @param version of this package */
export function commandEntries(families: readonly Family[], version: string): Entries {
  return {
    train: {
      description: 'train a model',
      commands: Object.fromEntries(
        families.map((family): [string, CommandEntry] => [
          family.kind,
          {
            description: family.description,
            load: async () => (await import('./commands/train.js')).trainDefinition(family),
          },
        ]),
      ),
    },
    sweep: {
      description: 'train one of many combinations of keys, as a job of an array',
      load: async () => (await import('./commands/sweep.js')).sweepDefinition(families),
    },
    ...ofRuns(families, version),
    report: {
      description: 'show a run in one HTML file: curves, pictures, figures; several in a table',
      load: async () => (await import('./commands/report.js')).reportDefinition(families, version),
    },
    studio: {
      description:
        'show runs in a page of this machine while they train, and play with what they learnt',
      load: async () => (await import('./commands/studio.js')).studioDefinition(families, version),
    },
    merge: {
      description: 'put together what jobs with --shard made of parts',
      load: async () => (await import('./commands/merge.js')).mergeDefinition(families),
    },
    export: {
      description: `write the model of a run for other programs: ${titles(families.filter(({ export: load }) => load))}`,
      load: async () => (await import('./commands/export.js')).exportDefinition(families, version),
    },
    ...ofFamilies(families, version),
    summary: {
      description:
        'list a model layer by layer, without allocating it; without PRESET, the presets',
      load: async () => (await import('./commands/summary.js')).summaryDefinition(families),
    },
    doctor: {
      description: 'show which engines load on this machine, and for the others why not',
      load: async () => (await import('./commands/doctor.js')).doctorDefinition,
    },
    bench: {
      description: 'time the training, sampling and prediction steps, engines side by side',
      load: async () => (await import('./commands/bench.js')).benchDefinition,
    },
  };
}

const titles = (families: readonly Family[]): string =>
  families.map(({ title }) => `a ${title}`).join(', ');

/** What can be done with runs: a command of one name for all the families that have it. */
function ofRuns(families: readonly Family[], version: string): Entries {
  const names = new Set(families.flatMap(({ runCommands }) => Object.keys(runCommands)));
  return Object.fromEntries(
    Array.from(names, (name): [string, CommandEntry] => {
      const lines = families.flatMap(({ runCommands }) => runCommands[name]?.description ?? []);
      return [
        name,
        {
          description: [...new Set(lines)].join('; '),
          load: async () =>
            (await import('./commands/of-run.js')).ofRunDefinition(name, families, version),
        },
      ];
    }),
  );
}

/** What families do besides. */
function ofFamilies(families: readonly Family[], version: string): Entries {
  const entries: Record<string, CommandEntry> = {};
  for (const { commands = {} } of families) {
    for (const [path, { group, ...command }] of Object.entries(commands)) {
      const [first, second] = path.split(' ') as [string, string?];
      const entry: CommandEntry = {
        description: command.description,
        load: async () =>
          (await import('./commands/of-family.js')).ofFamilyDefinition(command, version),
      };
      if (second === undefined) entries[first] = entry;
      else {
        const above = entries[first];
        entries[first] = {
          description: above?.description ?? group ?? '',
          commands: { ...above?.commands, [second]: entry },
        };
      }
    }
  }
  return entries;
}
