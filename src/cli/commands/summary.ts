import { UsageError } from '../../errors.js';
import type { Family, NamedModel } from '../../family/family.js';
import { grouped, table } from '../../text.js';
import type { Definition } from '../definition.js';
import { layerTable, mega } from '../layer-table.js';
import { jsonFlag } from '../options.js';
import { print } from '../output.js';

/** `mixgan summary [PRESET]` */
export const summaryDefinition = (families: readonly Family[]): Definition => ({
  args: [['[preset]', 'a preset of train, or a size of the literature: S/32 … H/14, …']],
  flags: jsonFlag,
  act: async ([preset], { json }) => {
    const known: NamedModel[] = [];
    for (const { models } of families) known.push(...(await models()));
    if (preset === undefined) {
      const rows = known.map(({ name, what, summary }) => {
        const { parameters, flops } = summary();
        return { name, what, parameters, flops };
      });
      const cells = rows.map((row) => [
        ...[row.name, row.what, grouped(row.parameters), mega(row.flops)],
      ]);
      const header = ['preset', 'model', 'parameters', 'MFLOPs'];
      print(json, { document: rows, text: () => table(header, cells) });
      return;
    }
    const entry = known.find(({ name }) => name === preset);
    if (entry === undefined) {
      const names = known.map(({ name }) => name).join(', ');
      throw new UsageError(`there is no preset ${preset}; there are ${names}`);
    }
    const model = entry.summary();
    print(json, { document: model, text: () => layerTable(model) });
  },
});
