import { z } from 'zod';
import type { Shape } from '../../config/schema.js';
import { UsageError } from '../../errors.js';
import type { Family, OpenedRun, RunCommand } from '../../family/family.js';
import { writeJson } from '../../files.js';
import { refuseShipped } from '../../train/shipped.js';
import { contextOf } from '../context.js';
import type { Definition } from '../definition.js';
import { computeFlags, divided, type Given, jsonFlag, together, valuesOf } from '../options.js';
import { print } from '../output.js';
import { openAny, refuseFlags } from '../runs.js';

const saveFlag = {
  save: z
    .boolean()
    .exactOptional()
    .describe('write the JSON document to evaluation.json of the run, too'),
};

/** `mixgan NAME RUN`, whatever families have it: each takes its own flags, and refuses the others'. */
export async function ofRunDefinition(
  name: string,
  families: readonly Family[],
  version: string,
): Promise<Definition> {
  const able = families.filter(({ runCommands }) => Object.hasOwn(runCommands, name));
  const loaded = new Map<Family, RunCommand>();
  for (const family of able) loaded.set(family, await family.runCommands[name]!.load());
  const commands = [...loaded.values()];
  const common: Shape = {
    ...(name === 'evaluate' && saveFlag),
    ...(commands.some(({ computes }) => computes) && computeFlags),
    ...jsonFlag,
  };
  const files = commands.find((command) => command.files !== undefined)?.files;
  return {
    args: [
      ['<run>', `folder of ${titles(able)} run, or a trained model by name`],
      ...(files === undefined ? [] : [['<files...>', files] as const]),
    ],
    flags: { ...together(commands.map(({ flags }) => flags.shape)), ...common },
    notes: commands.flatMap(({ notes }) => notes ?? []).join('\n'),
    act: async ([path, given = []], flags) => {
      const { family, opened } = await openAny(able, path as string);
      const command = loaded.get(family)!;
      const [others, own] = divided(flags, common);
      refuseFlags(flags, family, loaded, opened.path);
      await perform(command, opened, own, others, given as readonly string[], version);
    },
  };
}

async function perform(
  command: RunCommand,
  opened: OpenedRun,
  own: Given,
  others: Given,
  files: readonly string[],
  version: string,
): Promise<void> {
  if (others.save === true) {
    refuseShipped(opened.run.path, opened.path);
    if (own.shard !== undefined) {
      throw new UsageError(
        `--save with --shard: a part is no evaluation of the run; mixgan merge PARTS --out ${opened.run.evaluationPath}`,
      );
    }
  }
  const context = contextOf(others, version);
  const outcome = await command.run(opened, valuesOf(command.flags, own), context, files);
  if (others.save === true) {
    await writeJson(opened.run.evaluationPath, outcome.document);
  }
  print(others.json, outcome);
}

const titles = (families: readonly Family[]): string =>
  families.map(({ title }) => `a ${title}`).join(' or ');
