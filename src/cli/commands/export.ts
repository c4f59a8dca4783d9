import { z } from 'zod';
import type { ExportRequest } from '../../family/export.js';
import type { Family, FamilyConfig, FamilyExport } from '../../family/family.js';
import { outFlag } from '../../family/flags.js';
import { exportFormats } from '../../formats/export-formats.js';
import { contextOf } from '../context.js';
import type { Definition } from '../definition.js';
import { divided, jsonFlag, valuesOf } from '../options.js';
import { print } from '../output.js';
import { flagsOf, openAny, refuseFlags } from '../runs.js';

const ownFlags = {
  format: z
    .enum(exportFormats)
    .describe('what to write; npz has the names of Google’s Mixer in Flax'),
  out: outFlag('file to write; for tfjs a new folder'),
  ...jsonFlag,
};

/** `mixgan export RUN` */
export async function exportDefinition(
  families: readonly Family[],
  version: string,
): Promise<Definition> {
  const exports = new Map<Family, FamilyExport<FamilyConfig>>();
  for (const family of families) {
    if (family.export !== undefined) exports.set(family, await family.export());
  }
  return {
    args: [['<run>', 'folder of the run']],
    flags: { ...ownFlags, ...flagsOf(exports) },
    act: async ([path], given) => {
      const { family, opened } = await openAny([...exports.keys()], path as string);
      refuseFlags(given, family, exports, opened.path);
      const exporter = exports.get(family)!;
      const asked = given as unknown as ExportRequest;
      const own = valuesOf(exporter.flags, divided(given, exporter.flags.shape)[0]);
      const { say } = contextOf({}, version);
      const { exportTrained } = await import('../../family/export.js');
      const { files, model: exported } = await exportTrained(exporter, opened, asked, own, say);
      const { model, output } = exported;
      const inputs = exported.inputs.map((name, i) => port(name, model.inputs[i]!.shape));
      const outputs = [port(output, model.outputs[0]!.shape)];
      print(given.json, {
        document: { run: opened.path, format: asked.format, files, inputs, outputs },
        text: () =>
          [...files, `${inputs.map(describe).join(', ')} → ${outputs.map(describe)}`].join('\n'),
      });
    },
  };
}

interface Port {
  readonly name: string;
  readonly dtype: 'float32';
  readonly shape: readonly (number | 'batch')[];
}

const port = (name: string, shape: readonly (number | null)[]): Port => ({
  name,
  dtype: 'float32',
  shape: shape.map((length) => length ?? 'batch'),
});

const describe = ({ name, shape }: Port): string => `${name} [${shape.join(', ')}]`;
