import type { Command, Lazy } from '../../family/family.js';
import { contextOf } from '../context.js';
import type { Definition } from '../definition.js';
import { computeFlags, divided, jsonFlag, valuesOf } from '../options.js';
import { print } from '../output.js';

/** A command that a family brings, and that takes no run. */
export async function ofFamilyDefinition(
  { load }: Lazy<Command>,
  version: string,
): Promise<Definition> {
  const { flags, file, computes, run } = await load();
  return {
    ...(file && { args: [[`<${file.name}>`, file.description]] }),
    flags: { ...flags.shape, ...(computes && computeFlags), ...jsonFlag },
    act: async ([path], given) => {
      const [own, others] = divided(given, flags.shape);
      const context = contextOf(others, version);
      print(others.json, await run(valuesOf(flags, own), context, (path as string) ?? ''));
    },
  };
}
