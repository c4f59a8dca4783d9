import { buildModel } from '../../../classifier/architectures/build.js';
import { classifierPresets } from '../../../classifier/presets.js';
import { ganPresets } from '../../../gan/presets.js';
import { UsageError } from '../../errors.js';
import { withAbstractModel } from '../../mixer/abstract.js';
import { type ModelSummary, summarise } from '../../mixer/summary.js';
import { layerTable, mega } from '../layer-table.js';
import { officialSizes } from '../model-sizes.js';
import { summariseConfig } from '../model-summary.js';
import { grouped, report, table } from '../output.js';

/** What the presets that train on the digits see. */
const digits = { imageShape: [28, 28, 1], numClasses: 10 } as const;

interface Entry {
  readonly name: string;
  readonly what: string;
  readonly summary: () => ModelSummary;
}

function entries(): Entry[] {
  const trained = [...Object.values(classifierPresets), ...Object.values(ganPresets)];
  return [
    ...trained.map((config) => ({
      name: config.preset,
      what: `${config.kind === 'gan' ? 'GAN' : 'classifier'}, 28×28×1`,
      summary: () => summariseConfig(config, digits),
    })),
    ...Object.entries(officialSizes).map(([name, { model, ...sizes }]) => ({
      name,
      what: `classifier, ${sizes.imageShape.join('×')}, ${grouped(sizes.numClasses)} classes`,
      summary: () => withAbstractModel((init) => buildModel(model, sizes, init), summarise),
    })),
  ];
}

/** `mixgan summary [PRESET]` */
export function summary(preset: string | undefined, flags: { readonly json?: boolean }): void {
  const known = entries();
  if (preset === undefined) {
    const rows = known.map(({ name, what, summary }) => {
      const { parameters, flops } = summary();
      return { name, what, parameters, flops };
    });
    report(flags.json, rows, () =>
      table(
        ['preset', 'model', 'parameters', 'MFLOPs'],
        rows.map((row) => [row.name, row.what, grouped(row.parameters), mega(row.flops)]),
      ),
    );
    return;
  }
  const entry = known.find(({ name }) => name === preset);
  if (entry === undefined) {
    const names = known.map(({ name }) => name).join(', ');
    throw new UsageError(`there is no preset ${preset}; there are ${names}`);
  }
  const model = entry.summary();
  report(flags.json, model, () => layerTable(model));
}
